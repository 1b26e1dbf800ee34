import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import type { MessageEntity } from './message.entity.js';
import { isVisibleTo, isVisibleToUser, readerOf } from './message-visibility.js';
import { COLUMNS } from './messages.repository.js';

const PAGE = statement(
  'history.page',
  `SELECT ${COLUMNS} FROM (
     SELECT message.* FROM (${readerOf('$2', '$1')}) reader JOIN messages message ON message.chat_id = $2
     WHERE message.removed_at IS NULL AND message.seq < $3 AND ${isVisibleTo('message', 'reader')}
     ORDER BY message.seq DESC LIMIT $4) page
   ORDER BY seq DESC`,
);
const NEWEST = statement(
  'history.newest',
  `SELECT ${COLUMNS} FROM (
     SELECT newest.* FROM unnest($2::text[]) AS chat (id) CROSS JOIN LATERAL (
       SELECT message.* FROM (${readerOf('chat.id', '$1')}) reader JOIN messages message ON message.chat_id = chat.id
       WHERE message.removed_at IS NULL AND ${isVisibleTo('message', 'reader')}
       ORDER BY message.seq DESC LIMIT 1) newest) page`,
);
const VISIBLE = statement(
  'history.visible',
  `SELECT ${COLUMNS} FROM messages WHERE id = ANY($2) AND removed_at IS NULL AND ${isVisibleToUser('messages', '$1')}`,
);
/** Finds nothing in a chat that the user cannot read. */
const INVISIBLE = statement(
  'history.invisible',
  `SELECT message.id FROM messages message CROSS JOIN LATERAL (${readerOf('message.chat_id', '$1')}) reader
   WHERE message.id = ANY($2) AND message.removed_at IS NULL AND NOT (${isVisibleTo('message', 'reader')})`,
);
const HIDE = statement(
  'history.hide',
  `INSERT INTO hidden_messages (user_id, message_id, hidden_at) VALUES ($1, $2, now()) ON CONFLICT DO NOTHING`,
);

/** Reads the messages that a user sees in its chats. */
@Injectable()
export class HistoryRepository {
  constructor(private readonly database: Database) {}

  /** Newest first. @param before only entries with a lower sequence number */
  listPage(userId: string, chatId: string, before: number, limit: number): Promise<MessageEntity[]> {
    return this.database.query(PAGE, [userId, chatId, before, limit]);
  }

  findNewest(userId: string, chatIds: readonly string[]): Promise<MessageEntity[]> {
    return this.database.query(NEWEST, [userId, chatIds]);
  }

  /** Those of these messages that are visible to the user. */
  findVisible(userId: string, messageIds: readonly string[]): Promise<MessageEntity[]> {
    return this.database.query(VISIBLE, [userId, messageIds]);
  }

  /** Those of these messages that are in chats of the user but not visible to it. */
  async findInvisible(userId: string, messageIds: readonly string[]): Promise<string[]> {
    return (await this.database.query<{ id: string }>(INVISIBLE, [userId, messageIds])).map(({ id }) => id);
  }

  async hide(userId: string, messageId: string): Promise<void> {
    await this.database.query(HIDE, [userId, messageId]);
  }
}
