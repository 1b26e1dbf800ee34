import { Injectable } from '@nestjs/common';
import { Database, statement, together } from '../../core/database/database.js';
import type { DeliveryStatus } from './delivery.entity.js';

/** Which lane. */
export interface LaneKey {
  endpointId: string;
  chatId: string;
}

/** A lane that this process serves, until its lease runs out. */
export interface Lease extends LaneKey {
  botId: string;
  /** The fence: every write of the lease asks for it. */
  token: string;
  cursorSeq: number;
  /** When the lane wanted a worker, as Postgres wrote it: a Date would lose the microseconds that tell a new wish from the old. */
  dueAt: string;
  headAttempts: number;
  headBody: Buffer | null;
}

export interface DeliveryRow {
  seq: number;
  eventId: string;
  status: DeliveryStatus;
  reason: string;
  attempts: number;
}

export interface AttemptRow {
  seq: number;
  number: number;
  httpStatus: number | null;
  errorCode: string;
  durationMs: number;
  responseHead: string;
  requestId: string;
}

/**
 * How a lease goes on after a write:
 * - `continue`: it is held and renewed
 * - `finish`: nothing is left to do; it ends, unless the lane has been woken since
 * - `later`: it ends, and the lane wants a worker again after `delayMs`
 */
export type LaneStep = { kind: 'continue' } | { kind: 'finish' } | { kind: 'later'; delayMs: number };

export interface LaneProgress {
  cursorSeq: number;
  /** Tries that the entry behind the cursor has had, and what they sent. */
  headAttempts: number;
  headBody: Buffer | null;
  deliveries: readonly DeliveryRow[];
  attempts: readonly AttemptRow[];
  step: LaneStep;
}

// An endpoint that is added while its bot joins a chat must not miss that chat, nor the chat the endpoint. Both lock the bot
// before they look for the other, so whoever comes second sees what the first has committed.
const LOCK_BOT = statement('lanes.lock_bot', 'SELECT 1 FROM bots WHERE id = $1 FOR NO KEY UPDATE');
const SHARE_BOTS = statement('lanes.share_bots', 'SELECT 1 FROM bots WHERE id = ANY($1) ORDER BY id FOR SHARE');

// A chat counts its lanes, in the statement that opens or forgets them: so each of these is one round trip, and the count right.
const OPEN_ENDPOINT = statement(
  'lanes.open_endpoint',
  `WITH opened AS (
     INSERT INTO lanes (endpoint_id, chat_id, bot_id, cursor_seq)
     SELECT $1, c.id, $2, c.last_seq FROM members m JOIN chats c ON c.id = m.chat_id
     WHERE m.user_id = $2 AND m.state = 'joined'
     ON CONFLICT DO NOTHING RETURNING chat_id)
   UPDATE chats SET lane_count = lane_count + 1 FROM opened WHERE chats.id = opened.chat_id`,
);
const LOCK_CHATS_OF_BOT = statement(
  'lanes.lock_chats_of_bot',
  `SELECT c.id FROM chats c WHERE c.id IN (SELECT chat_id FROM members WHERE user_id = $1) ORDER BY c.id FOR NO KEY UPDATE`,
);
// A bot that comes back finds its old lane, and is not told what was said while it was away.
const OPEN_CHAT = statement(
  'lanes.open_chat',
  `WITH opened AS (
     INSERT INTO lanes (endpoint_id, chat_id, bot_id, cursor_seq)
     SELECT e.id, $1, e.bot_id, $2 FROM bot_endpoints e WHERE e.bot_id = ANY($3) AND e.transport = ANY($4)
     ON CONFLICT (endpoint_id, chat_id) DO UPDATE SET cursor_seq = greatest(lanes.cursor_seq, excluded.cursor_seq)
     RETURNING xmax = 0 AS is_new)
   UPDATE chats SET lane_count = lane_count + fresh.count
   FROM (SELECT count(*)::integer AS count FROM opened WHERE is_new) fresh WHERE chats.id = $1 AND fresh.count > 0`,
);
const LOCK_CHATS_OF_ENDPOINT = statement(
  'lanes.lock_chats_of_endpoint',
  `SELECT c.id FROM chats c WHERE c.id IN (SELECT chat_id FROM lanes WHERE endpoint_id = $1) ORDER BY c.id FOR NO KEY UPDATE`,
);
const FORGET_ENDPOINT = statement(
  'lanes.forget_endpoint',
  `UPDATE chats SET lane_count = lane_count - 1 WHERE id IN (SELECT chat_id FROM lanes WHERE endpoint_id = $1)`,
);

// Compares columns of the rows that it locks, nothing else: a lane that is being finished at this moment is either still leased,
// and will see that its due time has changed, or free, and is due from now on.
const WAKE = statement(
  'lanes.wake',
  `UPDATE lanes SET due_at = clock_timestamp(), rung_at = clock_timestamp()
   WHERE chat_id = $1 AND cursor_seq < $2 AND (due_at IS NULL OR lease_until > clock_timestamp())
   RETURNING endpoint_id AS "endpointId"`,
);

const LEASE = statement(
  'lanes.lease',
  `UPDATE lanes SET lease_token = $3, lease_until = clock_timestamp() + $4 * interval '1 millisecond', rung_at = NULL
   WHERE endpoint_id = $1 AND chat_id = $2 AND due_at <= clock_timestamp()
     AND (lease_until IS NULL OR lease_until <= clock_timestamp())
   RETURNING endpoint_id AS "endpointId", chat_id AS "chatId", bot_id AS "botId", lease_token AS "token",
             cursor_seq AS "cursorSeq", due_at::text AS "dueAt", head_attempts AS "headAttempts", head_body AS "headBody"`,
);

const RECORD = statement(
  'lanes.record',
  `WITH lane AS (
     UPDATE lanes SET
       cursor_seq = greatest(cursor_seq, $4), head_attempts = $5, head_body = $6,
       due_at = CASE $7 WHEN 'later' THEN clock_timestamp() + $8 * interval '1 millisecond'
                        WHEN 'finish' THEN CASE WHEN due_at = $9::timestamptz THEN NULL ELSE due_at END
                        ELSE due_at END,
       lease_token = CASE WHEN $7 = 'continue' OR ($7 = 'finish' AND due_at <> $9::timestamptz) THEN lease_token END,
       lease_until = CASE WHEN $7 = 'continue' OR ($7 = 'finish' AND due_at <> $9::timestamptz)
                          THEN clock_timestamp() + $10 * interval '1 millisecond' END
     WHERE endpoint_id = $1 AND chat_id = $2 AND lease_token = $3
     RETURNING lease_token IS NOT NULL AS held, due_at::text AS "dueAt"
   ), recorded AS (
     INSERT INTO deliveries (endpoint_id, chat_id, seq, event_id, status, reason, attempts, done_at)
     SELECT $1, $2, d."seq", d."eventId", d."status", d."reason", d."attempts",
            CASE WHEN d."status" <> 'pending' THEN clock_timestamp() END
     FROM lane, jsonb_to_recordset($11::jsonb)
       AS d ("seq" bigint, "eventId" text, "status" text, "reason" text, "attempts" integer)
     ON CONFLICT (endpoint_id, chat_id, seq) DO UPDATE
       SET status = excluded.status, reason = excluded.reason, attempts = excluded.attempts, done_at = excluded.done_at
   ), tried AS (
     INSERT INTO attempts (endpoint_id, chat_id, seq, number, at, http_status, error_code, duration_ms, response_head, request_id)
     SELECT $1, $2, a."seq", a."number", clock_timestamp() - a."durationMs" * interval '1 millisecond', a."httpStatus",
            a."errorCode", a."durationMs", a."responseHead", a."requestId"
     FROM lane, jsonb_to_recordset($12::jsonb)
       AS a ("seq" bigint, "number" integer, "httpStatus" integer, "errorCode" text, "durationMs" integer, "responseHead" text,
             "requestId" text)
   )
   SELECT held, "dueAt" FROM lane`,
);

const ERASE_BODY = statement(
  'lanes.erase_body',
  'UPDATE lanes SET head_body = NULL WHERE chat_id = $1 AND cursor_seq = $2 - 1 AND head_body IS NOT NULL',
);

const SWEEP = statement(
  'lanes.sweep',
  `UPDATE lanes SET rung_at = clock_timestamp()
   WHERE (endpoint_id, chat_id) IN (
     SELECT endpoint_id, chat_id FROM lanes
     WHERE due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until <= clock_timestamp())
       AND (rung_at IS NULL OR rung_at < clock_timestamp() - $1 * interval '1 millisecond')
     ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
   RETURNING endpoint_id AS "endpointId", chat_id AS "chatId"`,
);

/** The cursors. All times are the database's own: no worker's clock decides who may serve a lane. */
@Injectable()
export class LanesRepository {
  constructor(private readonly database: Database) {}

  /** Gives an endpoint a lane in each chat of its bot, from the end of the log on. */
  async openForEndpoint(endpointId: string, botId: string): Promise<void> {
    await together([
      this.database.query(LOCK_BOT, [botId]),
      this.database.query(LOCK_CHATS_OF_BOT, [botId]),
      this.database.query(OPEN_ENDPOINT, [endpointId, botId]),
    ]);
  }

  /** Gives the endpoints of bots that have joined a chat their lanes in it. */
  async openForChat(
    chatId: string,
    cursorSeq: number,
    userIds: readonly string[],
    transports: readonly string[],
  ): Promise<void> {
    await together([
      this.database.query(SHARE_BOTS, [userIds]),
      this.database.query(OPEN_CHAT, [chatId, cursorSeq, userIds, transports]),
    ]);
  }

  /** Lets the chats of an endpoint know that one lane fewer reads them. */
  async forgetEndpoint(endpointId: string): Promise<void> {
    await together([
      this.database.query(LOCK_CHATS_OF_ENDPOINT, [endpointId]),
      this.database.query(FORGET_ENDPOINT, [endpointId]),
    ]);
  }

  /** Makes each lane that is behind due now; one that waits for a retry goes on waiting. @returns the lanes to ring */
  async wake(chatId: string, lastSeq: number): Promise<LaneKey[]> {
    const rows = await this.database.query<{ endpointId: string }>(WAKE, [chatId, lastSeq]);
    return rows.map(({ endpointId }) => ({ endpointId, chatId }));
  }

  /** @returns undefined when the lane has nothing to do, or is served already */
  async lease({ endpointId, chatId }: LaneKey, token: string, leaseMs: number): Promise<Lease | undefined> {
    const [lease] = await this.database.query<Lease>(LEASE, [endpointId, chatId, token, leaseMs]);
    return lease;
  }

  /**
   * Writes what became of entries, and moves the lane on, all or nothing.
   *
   * @returns whether the lease is still held; `lost` when another worker has the lane, or the lane is gone: nothing was written
   */
  async record(lease: Lease, progress: LaneProgress, leaseMs: number): Promise<'held' | 'ended' | 'lost'> {
    const { step } = progress;
    const [row] = await this.database.query<{ held: boolean; dueAt: string }>(RECORD, [
      lease.endpointId,
      lease.chatId,
      lease.token,
      progress.cursorSeq,
      progress.headAttempts,
      progress.headBody,
      step.kind,
      step.kind === 'later' ? step.delayMs : 0,
      lease.dueAt,
      leaseMs,
      JSON.stringify(progress.deliveries),
      JSON.stringify(progress.attempts),
    ]);
    if (!row) return 'lost';
    lease.dueAt = row.dueAt;
    return row.held ? 'held' : 'ended';
  }

  /** Forgets what was sent, without success, of an entry. */
  async eraseBody(chatId: string, seq: number): Promise<void> {
    await this.database.query(ERASE_BODY, [chatId, seq]);
  }

  /** @returns lanes that are due, served by nobody, and were not rung within `rungWithinMs` */
  sweep(rungWithinMs: number, limit: number): Promise<LaneKey[]> {
    return this.database.query<LaneKey>(SWEEP, [rungWithinMs, limit]);
  }
}
