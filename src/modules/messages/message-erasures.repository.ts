import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import type { Erasure } from '../../core/deletion/erasure.js';
import type { MessageEntity } from './message.entity.js';
import { COLUMNS } from './messages.repository.js';

/** A message of an erased person. */
export interface ErasedMessage {
  id: string;
  chatId: string;
  /** It is still one of those that the chat counts. */
  isStanding: boolean;
}

// A message that was under way when its sender was erased is younger than the erasure. Unless there is a new user with that id, it
// is one of the old one.
const FIND = statement(
  'message_erasures.find',
  `SELECT message.id, message.chat_id AS "chatId", message.removed_at IS NULL AND message.seq > chat.start_seq AS "isStanding"
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

/** What persons have written whose traces are removed. */
@Injectable()
export class MessageErasuresRepository {
  constructor(private readonly database: Database) {}

  /** @returns messages of the person in these chats, at most `limit` */
  find({ userId, until }: Erasure, chatIds: readonly string[], limit: number): Promise<ErasedMessage[]> {
    return this.database.query<ErasedMessage>(FIND, [userId, chatIds, until, limit]);
  }

  /** @param erasedAs the id of their sender from now on @returns what is left of the messages */
  erase(ids: readonly string[], erasedAs: string): Promise<MessageEntity[]> {
    return this.database.query<MessageEntity>(ERASE, [ids, erasedAs]);
  }
}
