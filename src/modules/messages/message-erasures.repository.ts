import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import type { UserDeletion } from '../../core/deletion/user-deletion.js';
import type { MessageEntity } from './message.entity.js';
import { COLUMNS } from './messages.repository.js';

/** A message of an erased person. */
export interface ErasedMessage {
  id: string;
  chatId: string;
  /** Whether the chat still counts the message. */
  isCounted: boolean;
}

// A message that was being sent during the erasure of its sender is younger than the erasure. Unless a new user has that id, the
// message belongs to the erased one.
const FIND = statement(
  'message_erasures.find',
  `SELECT message.id, message.chat_id AS "chatId", message.removed_at IS NULL AND message.seq > chat.start_seq AS "isCounted"
   FROM messages message JOIN chats chat ON chat.id = message.chat_id
   WHERE message.chat_id = ANY($2) AND message.sender_id = $1
     AND (message.created_at <= $3 OR NOT EXISTS (SELECT FROM users WHERE users.id = $1)) LIMIT $4`,
);
const ERASE = statement(
  'message_erasures.erase',
  `UPDATE messages SET body = '', custom_type = '', data = '', mentioned_ids = '{}', attachment_ids = '{}', extras = NULL,
                       dedup_key = NULL, sender_id = $2, removed_at = coalesce(removed_at, clock_timestamp())
   WHERE id = ANY($1) RETURNING ${COLUMNS}`,
);

/** Erases the messages of erased persons. */
@Injectable()
export class MessageErasuresRepository {
  constructor(private readonly database: Database) {}

  /** @returns messages of the person in these chats, at most `limit` */
  find({ userId, until }: UserDeletion, chatIds: readonly string[], limit: number): Promise<ErasedMessage[]> {
    return this.database.query<ErasedMessage>(FIND, [userId, chatIds, until, limit]);
  }

  /** @param replacementId replaces the id of their sender @returns the emptied messages */
  erase(ids: readonly string[], replacementId: string): Promise<MessageEntity[]> {
    return this.database.query<MessageEntity>(ERASE, [ids, replacementId]);
  }
}
