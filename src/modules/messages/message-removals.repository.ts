import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import type { MessageEntity } from './message.entity.js';
import { COLUMNS } from './messages.repository.js';

const OF_CHATS = `FROM unnest($1::text[], $2::bigint[]) AS removed (chat_id, until)
     JOIN messages message ON message.chat_id = removed.chat_id AND message.seq <= removed.until`;

/** Messages of deleted chats. */
const DELETE = statement(
  'message_removals.delete',
  `DELETE FROM messages WHERE ctid = ANY(ARRAY(SELECT message.ctid ${OF_CHATS} LIMIT $3)) RETURNING id`,
);
const clearStatement = (name: string, chosen: string) =>
  statement(
    name,
    `UPDATE messages SET body = '', custom_type = '', data = '', mentioned_ids = '{}', attachment_ids = '{}', extras = NULL,
                         removed_at = clock_timestamp()
     WHERE id = ANY(ARRAY(SELECT message.id ${chosen})) AND removed_at IS NULL RETURNING ${COLUMNS}`,
  );
/** Messages of chats whose history is cleared. Their sequence numbers stay. */
const CLEAR = clearStatement('message_removals.clear', `${OF_CHATS} WHERE message.removed_at IS NULL LIMIT $3`);
const DELETE_HIDDEN = statement(
  'message_removals.delete_hidden',
  `DELETE FROM hidden_messages WHERE ctid = ANY(ARRAY(
     SELECT ctid FROM hidden_messages WHERE user_id = ANY($1) AND hidden_at <= $2 LIMIT $3)) RETURNING 1`,
);

/** Removes the rows or contents of messages that are already deleted. */
@Injectable()
export class MessageRemovalsRepository {
  constructor(private readonly database: Database) {}

  /** @returns the ids of the deleted rows, at most `limit` */
  async deleteByChats(chatIds: readonly string[], untils: readonly number[], limit: number): Promise<string[]> {
    return (await this.database.query<{ id: string }>(DELETE, [chatIds, untils, limit])).map(({ id }) => id);
  }

  /** @returns the emptied messages, at most `limit` */
  clearByChats(chatIds: readonly string[], untils: readonly number[], limit: number): Promise<MessageEntity[]> {
    return this.database.query<MessageEntity>(CLEAR, [chatIds, untils, limit]);
  }

  /** Messages hidden by deleted users up to a time. @returns the number of deleted rows, at most `limit` */
  async deleteHidden(userIds: readonly string[], until: Date, limit: number): Promise<number> {
    return (await this.database.query(DELETE_HIDDEN, [userIds, until, limit])).length;
  }
}
