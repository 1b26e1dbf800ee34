import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { isLiveMessage } from '../chats/index.js';
import { GroupCommit } from '../../core/database/group-commit.js';
import type { SubscriptionKey } from '../deliveries/index.js';

/** Seconds after the last heartbeat until a process counts as dead. Generous, so that a busy process does not. */
export const PROCESS_TIMEOUT_SECONDS = 15;

export interface LiveSession {
  id: string;
  botId: string;
  processId: string;
}

/** A session of this process. */
export interface LocalSession {
  id: string;
  botId: string;
  isActive: boolean;
}

export interface MissedMessage {
  messageId: string;
  chatId: string;
  seq: number;
}

export interface ChatUnread {
  chatId: string;
  unread: number;
}

const LIVE_SESSIONS = `socket_sessions s JOIN socket_processes p ON p.id = s.process_id
    AND p.seen_at > now() - interval '${PROCESS_TIMEOUT_SECONDS} seconds'`;
const ACTIVE_SESSIONS = `${LIVE_SESSIONS} AND s.is_active`;

const SESSIONS_OF = statement(
  'sockets.sessions_of',
  `SELECT s.id, s.bot_id AS "botId", s.process_id AS "processId" FROM ${ACTIVE_SESSIONS} WHERE s.bot_id = ANY($1)`,
);
// The count starts after the lock is held, so it includes the committed slots of concurrent sessions.
const LOCK_SLOTS = statement(
  'sockets.lock_slots',
  `SELECT pg_advisory_xact_lock(hashtextextended('socket_sessions:' || $1, 0))`,
);
const ACQUIRE_SLOT = statement(
  'sockets.acquire_slot',
  `INSERT INTO socket_sessions (id, bot_id, process_id, is_active) SELECT $1, $2, $3, false
   WHERE (SELECT count(*) FROM ${LIVE_SESSIONS} WHERE s.bot_id = $2 AND s.id <> $1) < $4
   ON CONFLICT (id) DO UPDATE SET is_active = false RETURNING 1`,
);
const RECORD_HEARTBEAT = statement(
  'sockets.record_heartbeat',
  `INSERT INTO socket_processes (id, seen_at) VALUES ($1, now()) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
   RETURNING xmax = 0 AS "isNew"`,
);
const REMOVE_DEAD_PROCESSES = statement(
  'sockets.remove_dead_processes',
  `DELETE FROM socket_processes WHERE seen_at < now() - interval '${4 * PROCESS_TIMEOUT_SECONDS} seconds'`,
);
const UPSERT_SESSIONS = statement(
  'sockets.upsert_sessions',
  `INSERT INTO socket_sessions (id, bot_id, is_active, process_id) SELECT id, bot_id, is_active, $4
   FROM unnest($1::text[], $2::text[], $3::boolean[]) AS new (id, bot_id, is_active)
   WHERE EXISTS (SELECT FROM bots WHERE bots.id = new.bot_id)
   ON CONFLICT (id) DO UPDATE SET is_active = excluded.is_active`,
);
const REMOVE_SESSIONS = statement('sockets.remove_sessions', 'DELETE FROM socket_sessions WHERE id = ANY($1)');
const REMOVE_PROCESS = statement('sockets.remove_process', 'DELETE FROM socket_processes WHERE id = $1');

// The activation of a session and the recording of a missed message exclude each other: both lock the endpoint first, so the
// second one sees what the first one committed.
const LOCK_ENDPOINT = statement('sockets.lock_endpoint', 'SELECT 1 FROM bot_endpoints WHERE id = $1 FOR NO KEY UPDATE');
const SHARE_ENDPOINT = statement('sockets.share_endpoint', 'SELECT 1 FROM bot_endpoints WHERE id = $1 FOR SHARE');
const RECORD_MISSED = statement(
  'sockets.record_missed',
  `INSERT INTO missed_messages (endpoint_id, message_id, chat_id, sent_at)
   SELECT $2, id, chat_id, created_at FROM messages
   WHERE id = $3 AND ${isLiveMessage('messages')} AND ($4 OR NOT EXISTS (SELECT FROM ${ACTIVE_SESSIONS} WHERE s.bot_id = $1))
   ON CONFLICT (endpoint_id, message_id) DO UPDATE SET sent_at = excluded.sent_at RETURNING 1`,
);
const MISSED = statement(
  'sockets.missed',
  `SELECT missed.message_id AS "messageId", message.chat_id AS "chatId", message.seq
   FROM missed_messages missed JOIN messages message ON message.id = missed.message_id
   WHERE missed.endpoint_id = $1 AND message.removed_at IS NULL AND ${isLiveMessage('message')} ORDER BY missed.sent_at, message.id LIMIT $2`,
);
const DELETE_MISSED = statement(
  'sockets.delete_missed',
  `DELETE FROM missed_messages missed USING unnest($1::text[], $2::text[]) AS done (endpoint_id, message_id)
   WHERE missed.endpoint_id = done.endpoint_id AND missed.message_id = done.message_id`,
);
const DELETE_MISSED_OF_CHAT = statement(
  'sockets.delete_missed_of_chat',
  `DELETE FROM missed_messages WHERE chat_id = $2 AND endpoint_id IN (SELECT id FROM bot_endpoints WHERE bot_id = $1)`,
);
const UNREAD = statement(
  'sockets.unread',
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

const BOT_MESSAGES = statement(
  'sockets.bot_messages',
  `SELECT count(*) AS count FROM (
     SELECT 1 FROM messages m JOIN users u ON u.id = m.sender_id AND u.kind = 'bot'
     WHERE m.chat_id = $1 AND m.created_at > $2::timestamptz - interval '1 minute' AND m.created_at <= $2
       AND m.sender_id <> $4 AND ${isLiveMessage('m')} LIMIT $3) recent`,
);

// A leased subscription sets its own next due time.
const MAKE_DUE = (source: string, condition: string) =>
  `WITH waiting AS (
     SELECT s.endpoint_id, s.chat_id FROM ${source}
     WHERE ${condition} AND s.due_at > statement_timestamp()
       AND (s.lease_until IS NULL OR s.lease_until <= statement_timestamp())
     ORDER BY s.endpoint_id, s.chat_id FOR NO KEY UPDATE OF s)
   UPDATE subscriptions SET due_at = clock_timestamp() FROM waiting
   WHERE subscriptions.endpoint_id = waiting.endpoint_id AND subscriptions.chat_id = waiting.chat_id
   RETURNING subscriptions.endpoint_id AS "endpointId", subscriptions.chat_id AS "chatId"`;
const MAKE_CHATS_DUE = statement(
  'sockets.make_chats_due',
  MAKE_DUE(
    'unnest($1::text[], $2::text[]) AS requested (endpoint_id, chat_id) JOIN subscriptions s USING (endpoint_id, chat_id)',
    's.due_at IS NOT NULL',
  ),
);
const MAKE_ENDPOINT_DUE = statement(
  'sockets.make_endpoint_due',
  MAKE_DUE('subscriptions s', 's.endpoint_id = $1 AND s.due_at IS NOT NULL'),
);

const LOOKUPS = { maxItems: 64, maxInFlight: 2 };

/** Open sockets of bots and their missed messages. All times are by the database clock. */
@Injectable()
export class SocketsRepository {
  private readonly lookups = new GroupCommit<string, LiveSession[]>(async (botIds) => {
    const sessions = await this.database.query<LiveSession>(SESSIONS_OF, [[...new Set(botIds)]]);
    return botIds.map((id) => ({ value: sessions.filter(({ botId }) => botId === id) }));
  }, LOOKUPS);

  constructor(private readonly database: Database) {}

  /** Active sessions of a bot. Concurrent calls share a statement. */
  sessionsOf(botId: string): Promise<LiveSession[]> {
    return this.lookups.write(botId);
  }

  /** Acquires a session slot. @returns false if the bot has no free slot, counted over all processes */
  acquireSlot(sessionId: string, botId: string, processId: string, limit: number): Promise<boolean> {
    return this.database.transaction(async () => {
      await this.database.query(LOCK_SLOTS, [botId]);
      const rows = await this.database.query(ACQUIRE_SLOT, [sessionId, botId, processId, limit]);
      return rows.length > 0;
    });
  }

  /** @returns whether the process had no row: it is new, or was removed as dead */
  async recordHeartbeat(processId: string): Promise<boolean> {
    const [{ isNew }] = await this.database.query<{ isNew: boolean }>(RECORD_HEARTBEAT, [processId]);
    await this.database.query(REMOVE_DEAD_PROCESSES);
    return isNew;
  }

  /** Activates a session. After the commit, messages that it can receive are not recorded as missed. */
  async register(endpointId: string, botId: string, sessionId: string, processId: string): Promise<void> {
    await this.database.transaction(async () => {
      await this.database.query(LOCK_ENDPOINT, [endpointId]);
      await this.upsertSessions([{ id: sessionId, botId, isActive: true }], processId);
    });
  }

  async upsertSessions(sessions: readonly LocalSession[], processId: string): Promise<void> {
    if (sessions.length === 0) return;
    await this.database.query(UPSERT_SESSIONS, [
      sessions.map(({ id }) => id),
      sessions.map(({ botId }) => botId),
      sessions.map(({ isActive: isHearing }) => isHearing),
      processId,
    ]);
  }

  async removeSessions(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.database.query(REMOVE_SESSIONS, [ids]);
  }

  async removeProcess(processId: string): Promise<void> {
    await this.database.query(REMOVE_PROCESS, [processId]);
  }

  /**
   * Records a missed message if the bot has no active session. @param force also if it has one
   * @returns false if the bot has an active session
   */
  recordMissed(endpointId: string, botId: string, messageId: string, force: boolean): Promise<boolean> {
    return this.database.transaction(async () => {
      await this.database.query(SHARE_ENDPOINT, [endpointId]);
      const rows = await this.database.query(RECORD_MISSED, [botId, endpointId, messageId, force]);
      return rows.length > 0;
    });
  }

  /** Oldest first. */
  listMissed(endpointId: string, limit: number): Promise<MissedMessage[]> {
    return this.database.query(MISSED, [endpointId, limit]);
  }

  async deleteMissed(messages: readonly { endpointId: string; messageId: string }[]): Promise<void> {
    await this.database.query(DELETE_MISSED, [
      messages.map(({ endpointId }) => endpointId),
      messages.map(({ messageId }) => messageId),
    ]);
  }

  async deleteMissedOfChat(botId: string, chatId: string): Promise<void> {
    await this.database.query(DELETE_MISSED_OF_CHAT, [botId, chatId]);
  }

  /** Counts messages of other bots in a chat in the minute up to a time. @param atMost upper bound of the count */
  async countBotMessages(chatId: string, exceptBotId: string, until: Date, atMost: number): Promise<number> {
    const [{ count }] = await this.database.query<{ count: number }>(BOT_MESSAGES, [
      chatId,
      until,
      atMost,
      exceptBotId,
    ]);
    return count;
  }

  /** Makes waiting subscriptions due now. @returns the subscriptions that became due */
  makeChatsDue(keys: readonly SubscriptionKey[]): Promise<SubscriptionKey[]> {
    const endpointIds = keys.map(({ endpointId }) => endpointId);
    return this.database.query(MAKE_CHATS_DUE, [endpointIds, keys.map(({ chatId }) => chatId)]);
  }

  /** Makes all waiting subscriptions of an endpoint due now. */
  makeEndpointDue(endpointId: string): Promise<SubscriptionKey[]> {
    return this.database.query(MAKE_ENDPOINT_DUE, [endpointId]);
  }

  countUnread(botId: string, chatIds: readonly string[]): Promise<ChatUnread[]> {
    return this.database.query(UNREAD, [botId, chatIds]);
  }
}
