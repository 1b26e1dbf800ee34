import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { isLiveMessage } from '../chats/index.js';
import { ACTIVE_SESSIONS } from './sockets.repository.js';

export interface MissedMessage {
  messageId: string;
  chatId: string;
  seq: number;
}

export interface ChatUnread {
  chatId: string;
  unread: number;
}

/** Maximum rows per statement of `deleteOld`. */
const BATCH = 5000;

// Excludes `SocketsRepository.register`: both lock the endpoint first, so the second one sees what the first one committed.
const SHARE_ENDPOINT = statement(
  'missed_messages.share_endpoint',
  'SELECT 1 FROM bot_endpoints WHERE id = $1 FOR SHARE',
);
const RECORD = statement(
  'missed_messages.record',
  `INSERT INTO missed_messages (endpoint_id, message_id, chat_id, sent_at)
   SELECT $2, id, chat_id, created_at FROM messages
   WHERE id = $3 AND ${isLiveMessage('messages')} AND ($4 OR NOT EXISTS (SELECT FROM ${ACTIVE_SESSIONS} WHERE s.bot_id = $1))
   ON CONFLICT (endpoint_id, message_id) DO UPDATE SET sent_at = excluded.sent_at RETURNING 1`,
);
const LIST = statement(
  'missed_messages.list',
  `SELECT missed.message_id AS "messageId", message.chat_id AS "chatId", message.seq
   FROM missed_messages missed JOIN messages message ON message.id = missed.message_id
   WHERE missed.endpoint_id = $1 AND message.removed_at IS NULL AND ${isLiveMessage('message')} ORDER BY missed.sent_at, message.id LIMIT $2`,
);
const DELETE = statement(
  'missed_messages.delete',
  `DELETE FROM missed_messages missed USING unnest($1::text[], $2::text[]) AS done (endpoint_id, message_id)
   WHERE missed.endpoint_id = done.endpoint_id AND missed.message_id = done.message_id`,
);
const DELETE_OF_CHAT = statement(
  'missed_messages.delete_of_chat',
  `DELETE FROM missed_messages WHERE chat_id = $2 AND endpoint_id IN (SELECT id FROM bot_endpoints WHERE bot_id = $1)`,
);
const UNREAD = statement(
  'missed_messages.unread',
  `SELECT member.chat_id AS "chatId",
     (SELECT count(*) FROM messages m WHERE m.chat_id = member.chat_id
        AND m.seq > coalesce(subscription.cursor_seq, greatest(chat.dispatched_seq, member.joined_seq - 1))
        AND m.removed_at IS NULL AND ${isLiveMessage('m')} AND m.sender_id IS DISTINCT FROM member.user_id)
     + (SELECT count(*) FROM missed_messages missed JOIN messages m ON m.id = missed.message_id
        WHERE missed.endpoint_id = e.id AND missed.chat_id = member.chat_id AND m.removed_at IS NULL AND ${isLiveMessage('m')}) AS unread
   FROM members member JOIN chats chat ON chat.id = member.chat_id
   JOIN bot_endpoints e ON e.bot_id = member.user_id AND e.transport = 'connector'
   LEFT JOIN subscriptions subscription ON subscription.endpoint_id = e.id AND subscription.chat_id = member.chat_id
   WHERE member.user_id = $1 AND member.chat_id = ANY($2) AND member.state = 'joined'`,
);
const deleteWhere = (name: string, condition: string, limit: string) =>
  statement(
    `missed_messages.${name}`,
    `DELETE FROM missed_messages WHERE ctid = ANY(ARRAY(SELECT ctid FROM missed_messages WHERE ${condition} LIMIT ${limit})) RETURNING 1`,
  );
const DELETE_OLD = deleteWhere('delete_old', `sent_at < statement_timestamp() - $1 * interval '1 day'`, `${BATCH}`);
const DELETE_OF_ENDPOINT = deleteWhere('delete_of_endpoint', 'endpoint_id = $1', '$2');

/** Stores messages to socket bots that no session acknowledged. */
@Injectable()
export class MissedMessagesRepository {
  constructor(private readonly database: Database) {}

  /**
   * Records a missed message if the bot has no active session. @param force also if it has one
   * @returns false if the bot has an active session
   */
  record(endpointId: string, botId: string, messageId: string, force: boolean): Promise<boolean> {
    return this.database.transaction(async () => {
      await this.database.query(SHARE_ENDPOINT, [endpointId]);
      const rows = await this.database.query(RECORD, [botId, endpointId, messageId, force]);
      return rows.length > 0;
    });
  }

  /** Oldest first. */
  list(endpointId: string, limit: number): Promise<MissedMessage[]> {
    return this.database.query(LIST, [endpointId, limit]);
  }

  async delete(messages: readonly { endpointId: string; messageId: string }[]): Promise<void> {
    await this.database.query(DELETE, [
      messages.map(({ endpointId }) => endpointId),
      messages.map(({ messageId }) => messageId),
    ]);
  }

  async deleteOfChat(botId: string, chatId: string): Promise<void> {
    await this.database.query(DELETE_OF_CHAT, [botId, chatId]);
  }

  /** @returns the number of deleted rows */
  async deleteOld(days: number): Promise<number> {
    let total = 0;
    for (let count = BATCH; count === BATCH;) {
      count = (await this.database.query(DELETE_OLD, [days])).length;
      total += count;
    }
    return total;
  }

  /** @returns the number of deleted rows */
  async deleteOfEndpoint(endpointId: string, limit: number): Promise<number> {
    return (await this.database.query(DELETE_OF_ENDPOINT, [endpointId, limit])).length;
  }

  /** Unacknowledged messages per chat, including those that are still being delivered. */
  countUnread(botId: string, chatIds: readonly string[]): Promise<ChatUnread[]> {
    return this.database.query(UNREAD, [botId, chatIds]);
  }
}
