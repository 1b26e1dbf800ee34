import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { assignments } from '../../core/database/entity-columns.js';
import type { UserDeletion } from '../../core/deletion/user-deletion.js';
import { CLEARED_FIELDS, MessageEntity } from './message.entity.js';
import { COLUMNS } from './messages.repository.js';

/** A message of an erased person. */
export interface ErasedMessage {
  id: string;
  chatId: string;
  /** Whether the chat still counts the message. */
  isCounted: boolean;
}

const OF_CHATS = `FROM unnest($1::text[], $2::bigint[]) AS removed (chat_id, until)
     JOIN messages message ON message.chat_id = removed.chat_id AND message.seq <= removed.until`;

const CLEARED = assignments(MessageEntity, Object.keys(CLEARED_FIELDS) as (keyof typeof CLEARED_FIELDS)[], (field) => {
  const value = CLEARED_FIELDS[field];
  return value === null ? 'NULL' : `'${Array.isArray(value) ? '{}' : value}'`;
});

/** Messages of deleted chats. */
const DELETE = statement(
  'message_deletions.delete',
  `DELETE FROM messages WHERE ctid = ANY(ARRAY(SELECT message.ctid ${OF_CHATS} LIMIT $3)) RETURNING id`,
);
/** Messages of chats whose history is cleared. Their sequence numbers stay. */
const CLEAR = statement(
  'message_deletions.clear',
  `UPDATE messages SET ${CLEARED}, removed_at = clock_timestamp()
   WHERE id = ANY(ARRAY(SELECT message.id ${OF_CHATS} WHERE message.removed_at IS NULL LIMIT $3)) AND removed_at IS NULL
   RETURNING ${COLUMNS}`,
);
const DELETE_HIDDEN = statement(
  'message_deletions.delete_hidden',
  `DELETE FROM hidden_messages WHERE ctid = ANY(ARRAY(
     SELECT ctid FROM hidden_messages WHERE user_id = ANY($1) AND hidden_at <= $2 LIMIT $3)) RETURNING 1`,
);
// A message that was being sent during the erasure of its sender is younger than the erasure. Unless a new user has that id, the
// message belongs to the erased one.
const FIND_BY_SENDER = statement(
  'message_deletions.find_by_sender',
  `SELECT message.id, message.chat_id AS "chatId", message.removed_at IS NULL AND message.seq > chat.start_seq AS "isCounted"
   FROM messages message JOIN chats chat ON chat.id = message.chat_id
   WHERE message.chat_id = ANY($2) AND message.sender_id = $1
     AND (message.created_at <= $3 OR NOT EXISTS (SELECT FROM users WHERE users.id = $1)) LIMIT $4`,
);
const ERASE = statement(
  'message_deletions.erase',
  `UPDATE messages SET ${CLEARED}, dedup_key = NULL, sender_id = $2, removed_at = coalesce(removed_at, clock_timestamp())
   WHERE id = ANY($1) RETURNING ${COLUMNS}`,
);

/** Deletes the rows or contents of messages in batches, for deletion tasks. */
@Injectable()
export class MessageDeletionsRepository {
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

  /** @returns messages of an erased person in these chats, at most `limit` */
  findBySender({ userId, until }: UserDeletion, chatIds: readonly string[], limit: number): Promise<ErasedMessage[]> {
    return this.database.query<ErasedMessage>(FIND_BY_SENDER, [userId, chatIds, until, limit]);
  }

  /** @param replacementId replaces the id of their sender @returns the emptied messages */
  erase(ids: readonly string[], replacementId: string): Promise<MessageEntity[]> {
    return this.database.query<MessageEntity>(ERASE, [ids, replacementId]);
  }
}
