import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { isLiveMessage } from '../chats/index.js';
import type { MessageEntity } from './message.entity.js';
import { COLUMNS } from './messages.repository.js';

/** What one user sees: all that stands, that it has not hidden, and that was said since its history begins. */
const SEEN = `FROM members m JOIN messages message ON message.chat_id = m.chat_id
   WHERE m.user_id = $1 AND message.removed_at IS NULL AND ${isLiveMessage('message')}
     AND (m.history_from IS NULL OR message.created_at > m.history_from)
     AND NOT EXISTS (SELECT FROM hidden_messages h WHERE h.user_id = $1 AND h.message_id = message.id)`;

const PAGE = statement(
  'history.page',
  `SELECT ${COLUMNS} FROM (
     SELECT message.* ${SEEN} AND m.chat_id = $2 AND message.seq < $3 ORDER BY message.seq DESC LIMIT $4) page
   ORDER BY seq DESC`,
);
const NEWEST = statement(
  'history.newest',
  `SELECT ${COLUMNS} FROM (
     SELECT newest.* FROM unnest($2::text[]) AS chat (id) CROSS JOIN LATERAL (
       SELECT message.* ${SEEN} AND m.chat_id = chat.id ORDER BY message.seq DESC LIMIT 1) newest) page`,
);
const SOME = statement(
  'history.some',
  `SELECT ${COLUMNS} FROM (SELECT message.* ${SEEN} AND message.id = ANY($2)) seen`,
);
const HIDE = statement(
  'history.hide',
  `INSERT INTO hidden_messages (user_id, message_id, hidden_at) VALUES ($1, $2, now()) ON CONFLICT DO NOTHING`,
);

/** What single users see of the messages of their chats. */
@Injectable()
export class HistoryRepository {
  constructor(private readonly database: Database) {}

  /** Newest first. @param before only older entries of the log */
  page(userId: string, chatId: string, before: number, limit: number): Promise<MessageEntity[]> {
    return this.database.query(PAGE, [userId, chatId, before, limit]);
  }

  newest(userId: string, chatIds: readonly string[]): Promise<MessageEntity[]> {
    return this.database.query(NEWEST, [userId, chatIds]);
  }

  /** Those of these messages that the user sees. */
  some(userId: string, messageIds: readonly string[]): Promise<MessageEntity[]> {
    return this.database.query(SOME, [userId, messageIds]);
  }

  async hide(userId: string, messageId: string): Promise<void> {
    await this.database.query(HIDE, [userId, messageId]);
  }
}
