import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import { isLiveMessage } from '../../chats/index.js';
import { GroupCommit } from '../../../core/database/group-commit.js';
import type { LaneKey } from '../lanes.repository.js';

/** A process that has not said for so long that it lives is dead. Seconds, generous: a busy one must not be taken for it. */
export const DEAD_AFTER_S = 15;

export interface LiveSession {
  id: string;
  botId: string;
  processId: string;
}

/** A session as its process knows it. */
export interface HeldSession {
  id: string;
  botId: string;
  isHearing: boolean;
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
    AND p.seen_at > now() - interval '${DEAD_AFTER_S} seconds'`;
const HEARING_SESSIONS = `${LIVE_SESSIONS} AND s.is_hearing`;

const SESSIONS_OF = statement(
  'sockets.sessions_of',
  `SELECT s.id, s.bot_id AS "botId", s.process_id AS "processId" FROM ${HEARING_SESSIONS} WHERE s.bot_id = ANY($1)`,
);
// Behind this lock whoever comes second counts what the first has committed: the statement that counts begins after it is held.
const LOCK_SEATS = statement(
  'sockets.lock_seats',
  `SELECT pg_advisory_xact_lock(hashtextextended('socket_sessions:' || $1, 0))`,
);
const SEAT = statement(
  'sockets.seat',
  `INSERT INTO socket_sessions (id, bot_id, process_id, is_hearing) SELECT $1, $2, $3, false
   WHERE (SELECT count(*) FROM ${LIVE_SESSIONS} WHERE s.bot_id = $2 AND s.id <> $1) < $4
   ON CONFLICT (id) DO UPDATE SET is_hearing = false RETURNING 1`,
);
const BEAT = statement(
  'sockets.beat',
  `INSERT INTO socket_processes (id, seen_at) VALUES ($1, now()) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
   RETURNING xmax = 0 AS "isNew"`,
);
const BURY = statement(
  'sockets.bury',
  `DELETE FROM socket_processes WHERE seen_at < now() - interval '${4 * DEAD_AFTER_S} seconds'`,
);
const KEEP_SESSIONS = statement(
  'sockets.keep_sessions',
  `INSERT INTO socket_sessions (id, bot_id, is_hearing, process_id) SELECT id, bot_id, is_hearing, $4
   FROM unnest($1::text[], $2::text[], $3::boolean[]) AS new (id, bot_id, is_hearing)
   WHERE EXISTS (SELECT FROM bots WHERE bots.id = new.bot_id)
   ON CONFLICT (id) DO UPDATE SET is_hearing = excluded.is_hearing`,
);
const REMOVE_SESSIONS = statement('sockets.remove_sessions', 'DELETE FROM socket_sessions WHERE id = ANY($1)');
const REMOVE_PROCESS = statement('sockets.remove_process', 'DELETE FROM socket_processes WHERE id = $1');

// A session that comes and a message that is about to be missed must not overlook each other: both lock the endpoint first, so
// that whoever comes second sees what the first has committed.
const LOCK_ENDPOINT = statement('sockets.lock_endpoint', 'SELECT 1 FROM bot_endpoints WHERE id = $1 FOR NO KEY UPDATE');
const SHARE_ENDPOINT = statement('sockets.share_endpoint', 'SELECT 1 FROM bot_endpoints WHERE id = $1 FOR SHARE');
const NOTE_MISSED = statement(
  'sockets.note_missed',
  `INSERT INTO missed_messages (endpoint_id, message_id, chat_id, said_at)
   SELECT $2, id, chat_id, created_at FROM messages
   WHERE id = $3 AND ${isLiveMessage('messages')} AND ($4 OR NOT EXISTS (SELECT FROM ${HEARING_SESSIONS} WHERE s.bot_id = $1))
   ON CONFLICT (endpoint_id, message_id) DO UPDATE SET said_at = excluded.said_at RETURNING 1`,
);
const MISSED = statement(
  'sockets.missed',
  `SELECT missed.message_id AS "messageId", message.chat_id AS "chatId", message.seq
   FROM missed_messages missed JOIN messages message ON message.id = missed.message_id
   WHERE missed.endpoint_id = $1 AND message.removed_at IS NULL AND ${isLiveMessage('message')} ORDER BY missed.said_at, message.id LIMIT $2`,
);
const FORGET_MISSED = statement(
  'sockets.forget_missed',
  `DELETE FROM missed_messages missed USING unnest($1::text[], $2::text[]) AS done (endpoint_id, message_id)
   WHERE missed.endpoint_id = done.endpoint_id AND missed.message_id = done.message_id`,
);
const FORGET_CHAT = statement(
  'sockets.forget_chat',
  `DELETE FROM missed_messages WHERE chat_id = $2 AND endpoint_id IN (SELECT id FROM bot_endpoints WHERE bot_id = $1)`,
);
const UNREAD = statement(
  'sockets.unread',
  `SELECT member.chat_id AS "chatId",
     (SELECT count(*) FROM messages m WHERE m.chat_id = member.chat_id
        AND m.seq > coalesce(lane.cursor_seq, greatest(chat.dispatched_seq, member.joined_seq - 1))
        AND m.removed_at IS NULL AND ${isLiveMessage('m')} AND m.sender_id IS DISTINCT FROM member.user_id)
     + (SELECT count(*) FROM missed_messages missed JOIN messages m ON m.id = missed.message_id
        WHERE missed.endpoint_id = e.id AND missed.chat_id = member.chat_id AND m.removed_at IS NULL AND ${isLiveMessage('m')}) AS unread
   FROM members member JOIN chats chat ON chat.id = member.chat_id
   JOIN bot_endpoints e ON e.bot_id = member.user_id AND e.transport = 'connector'
   LEFT JOIN lanes lane ON lane.endpoint_id = e.id AND lane.chat_id = member.chat_id
   WHERE member.user_id = $1 AND member.chat_id = ANY($2) AND member.state = 'joined'`,
);

const BOT_MESSAGES = statement(
  'sockets.bot_messages',
  `SELECT count(*) AS count FROM (
     SELECT 1 FROM messages m JOIN users u ON u.id = m.sender_id AND u.kind = 'bot'
     WHERE m.chat_id = $1 AND m.created_at > $2::timestamptz - interval '1 minute' AND m.created_at <= $2
       AND m.sender_id <> $4 AND ${isLiveMessage('m')} LIMIT $3) said`,
);

// A lane that is served at this moment plans its own next look.
const MAKE_DUE = (wanted: string, condition: string) =>
  `WITH waiting AS (
     SELECT l.endpoint_id, l.chat_id FROM ${wanted}
     WHERE ${condition} AND l.due_at > statement_timestamp()
       AND (l.lease_until IS NULL OR l.lease_until <= statement_timestamp())
     ORDER BY l.endpoint_id, l.chat_id FOR NO KEY UPDATE OF l)
   UPDATE lanes SET due_at = clock_timestamp() FROM waiting
   WHERE lanes.endpoint_id = waiting.endpoint_id AND lanes.chat_id = waiting.chat_id
   RETURNING lanes.endpoint_id AS "endpointId", lanes.chat_id AS "chatId"`;
const MAKE_CHATS_DUE = statement(
  'sockets.make_chats_due',
  MAKE_DUE(
    'unnest($1::text[], $2::text[]) AS w (endpoint_id, chat_id) JOIN lanes l USING (endpoint_id, chat_id)',
    'l.due_at IS NOT NULL',
  ),
);
const MAKE_ENDPOINT_DUE = statement(
  'sockets.make_endpoint_due',
  MAKE_DUE('lanes l', 'l.endpoint_id = $1 AND l.due_at IS NOT NULL'),
);

const LOOKUPS = { maxItems: 64, maxInFlight: 2 };

/** Which bots have sockets open, and what they have missed while they had none. All times are the database's own. */
@Injectable()
export class SocketsRepository {
  private readonly lookups = new GroupCommit<string, LiveSession[]>(async (botIds) => {
    const sessions = await this.database.query<LiveSession>(SESSIONS_OF, [[...new Set(botIds)]]);
    return botIds.map((id) => ({ value: sessions.filter(({ botId }) => botId === id) }));
  }, LOOKUPS);

  constructor(private readonly database: Database) {}

  /** Asked for each message: those who ask in one moment share a statement. */
  sessionsOf(botId: string): Promise<LiveSession[]> {
    return this.lookups.write(botId);
  }

  /** Gives a session its place among those of its bot. @returns false when there are so many already, in all processes */
  seat(sessionId: string, botId: string, processId: string, limit: number): Promise<boolean> {
    return this.database.transaction(async () => {
      await this.database.query(LOCK_SEATS, [botId]);
      const seated = await this.database.query(SEAT, [sessionId, botId, processId, limit]);
      return seated.length > 0;
    });
  }

  /** @returns whether the process was unknown: never seen, or buried */
  async beat(processId: string): Promise<boolean> {
    const [{ isNew }] = await this.database.query<{ isNew: boolean }>(BEAT, [processId]);
    await this.database.query(BURY);
    return isNew;
  }

  /** From its commit on, nothing is missed any more that this session could be told. */
  async register(endpointId: string, botId: string, sessionId: string, processId: string): Promise<void> {
    await this.database.transaction(async () => {
      await this.database.query(LOCK_ENDPOINT, [endpointId]);
      await this.keepSessions([{ id: sessionId, botId, isHearing: true }], processId);
    });
  }

  /** Writes sessions down as they are. */
  async keepSessions(sessions: readonly HeldSession[], processId: string): Promise<void> {
    if (sessions.length === 0) return;
    await this.database.query(KEEP_SESSIONS, [
      sessions.map(({ id }) => id),
      sessions.map(({ botId }) => botId),
      sessions.map(({ isHearing }) => isHearing),
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
   * Keeps a message for later, if the bot has no session. @param anyhow also if it has
   * @returns false when a session has come
   */
  noteMissed(endpointId: string, botId: string, messageId: string, anyhow: boolean): Promise<boolean> {
    return this.database.transaction(async () => {
      await this.database.query(SHARE_ENDPOINT, [endpointId]);
      const rows = await this.database.query(NOTE_MISSED, [botId, endpointId, messageId, anyhow]);
      return rows.length > 0;
    });
  }

  /** Oldest first. */
  missed(endpointId: string, limit: number): Promise<MissedMessage[]> {
    return this.database.query(MISSED, [endpointId, limit]);
  }

  async forgetMissed(messages: readonly { endpointId: string; messageId: string }[]): Promise<void> {
    await this.database.query(FORGET_MISSED, [
      messages.map(({ endpointId }) => endpointId),
      messages.map(({ messageId }) => messageId),
    ]);
  }

  async forgetChat(botId: string, chatId: string): Promise<void> {
    await this.database.query(FORGET_CHAT, [botId, chatId]);
  }

  /** Messages of other bots in a chat in the minute up to a time. @param atMost more are not counted */
  async countBotMessages(chatId: string, exceptBotId: string, until: Date, atMost: number): Promise<number> {
    const [{ count }] = await this.database.query<{ count: number }>(BOT_MESSAGES, [
      chatId,
      until,
      atMost,
      exceptBotId,
    ]);
    return count;
  }

  /** Lets lanes that wait be served now. @returns those concerned */
  makeChatsDue(lanes: readonly LaneKey[]): Promise<LaneKey[]> {
    const endpointIds = lanes.map(({ endpointId }) => endpointId);
    return this.database.query(MAKE_CHATS_DUE, [endpointIds, lanes.map(({ chatId }) => chatId)]);
  }

  /** The same for all lanes of an endpoint. */
  makeEndpointDue(endpointId: string): Promise<LaneKey[]> {
    return this.database.query(MAKE_ENDPOINT_DUE, [endpointId]);
  }

  unread(botId: string, chatIds: readonly string[]): Promise<ChatUnread[]> {
    return this.database.query(UNREAD, [botId, chatIds]);
  }
}
