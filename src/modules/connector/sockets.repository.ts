import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { isLiveMessage } from '../chats/index.js';
import { GroupCommit } from '../../core/database/group-commit.js';

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

const LIVE_SESSIONS = `socket_sessions s JOIN socket_processes p ON p.id = s.process_id
    AND p.seen_at > now() - interval '${PROCESS_TIMEOUT_SECONDS} seconds'`;
export const ACTIVE_SESSIONS = `${LIVE_SESSIONS} AND s.is_active`;

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

// Excludes `MissedMessagesRepository.record`: both lock the endpoint first, so the second one sees what the first one committed.
const LOCK_ENDPOINT = statement('sockets.lock_endpoint', 'SELECT 1 FROM bot_endpoints WHERE id = $1 FOR NO KEY UPDATE');
const BOT_MESSAGES = statement(
  'sockets.bot_messages',
  `SELECT count(*) AS count FROM (
     SELECT 1 FROM messages m JOIN users u ON u.id = m.sender_id AND u.kind = 'bot'
     WHERE m.chat_id = $1 AND m.created_at > $2::timestamptz - interval '1 minute' AND m.created_at <= $2
       AND m.sender_id <> $4 AND ${isLiveMessage('m')} LIMIT $3) recent`,
);

const LOOKUPS = { maxItems: 64, maxInFlight: 2 };

/** Stores the open sockets of bots. All times are by the database clock. */
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
      sessions.map(({ isActive }) => isActive),
      processId,
    ]);
  }

  async removeSessions(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.database.query(REMOVE_SESSIONS, [ids]);
  }

  async removeProcess(processId: string): Promise<void> {
    await this.database.query(REMOVE_PROCESS, [processId]);
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
}
