import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { GroupCommit, type Outcome } from '../../core/database/group-commit.js';
import type { DeliveryStatus } from './delivery.entity.js';
import type { LaneKey } from './lanes.repository.js';
import type { DeliveryTrigger } from './transport.js';

/** A lane that this process serves, until its lease runs out. */
export interface Lease extends LaneKey {
  botId: string;
  /** The fence: every write of the lease asks for it. */
  token: string;
  cursorSeq: number;
  /** The entry with which the bot has left the chat; null while it is a member. */
  endsSeq: number | null;
  /** When the lane wanted a worker, as Postgres wrote it: a Date would lose the microseconds that tell a new wish from the old. */
  dueAt: string;
  headAttempts: number;
  headBody: Buffer | null;
  /** The newest entry that was given up, as long as nothing was delivered after it. */
  gapSeq: number | null;
  /** Somebody has asked for entries that are behind the cursor already. */
  hasRedeliveries: boolean;
  /** Entries that were removed since the lane is served. */
  erasedSeqs: readonly number[];
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
  trigger: DeliveryTrigger;
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
  gapSeq: number | null;
  /** Nothing is left of what was asked for again. */
  allRedelivered?: boolean;
  deliveries: readonly DeliveryRow[];
  attempts: readonly AttemptRow[];
  step: LaneStep;
}

export type LeaseState = 'held' | 'ended' | 'lost';

// Lanes are locked in one order by all who lock several. The decision is taken again on the very row that is updated.
const LEASE = statement(
  'lanes.lease',
  `WITH wanted AS (
     SELECT l.endpoint_id, l.chat_id, w.token
     FROM unnest($1::text[], $2::text[], $3::text[]) AS w (endpoint_id, chat_id, token) JOIN lanes l USING (endpoint_id, chat_id)
     ORDER BY l.endpoint_id, l.chat_id FOR NO KEY UPDATE OF l)
   UPDATE lanes SET lease_token = wanted.token, lease_until = clock_timestamp() + $4 * interval '1 millisecond',
                    rung_at = NULL, erased_seqs = '{}'
   FROM wanted WHERE lanes.endpoint_id = wanted.endpoint_id AND lanes.chat_id = wanted.chat_id
     AND due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until <= clock_timestamp())
   RETURNING lanes.endpoint_id AS "endpointId", lanes.chat_id AS "chatId", bot_id AS "botId", lease_token AS "token",
             cursor_seq AS "cursorSeq", ends_seq AS "endsSeq", due_at::text AS "dueAt", head_attempts AS "headAttempts", head_body AS "headBody",
             erased_seqs AS "erasedSeqs", gap_seq AS "gapSeq",
             has_redeliveries AS "hasRedeliveries"`,
);

// The head and the gap are of the entry behind the cursor that was served. If the cursor was moved meanwhile, they are of another one.
// What was erased stands in the very row that is locked; a look at the messages could be older than the lock.
const RECORD = statement(
  'lanes.record',
  `WITH written AS (
     SELECT i.*, l.erased_seqs FROM jsonb_to_recordset($1::jsonb) AS i (
       "endpointId" text, "chatId" text, "token" text, "cursorSeq" bigint, "headAttempts" integer, "headBody" text,
       "gapSeq" bigint, "allRedelivered" boolean, "step" text, "delayMs" float8, "dueAt" timestamptz)
     JOIN lanes l ON l.endpoint_id = i."endpointId" AND l.chat_id = i."chatId"
     ORDER BY l.endpoint_id, l.chat_id FOR NO KEY UPDATE OF l
   ), lane AS (
     UPDATE lanes SET
       cursor_seq = greatest(cursor_seq, w."cursorSeq"),
       head_attempts = CASE WHEN cursor_seq <= w."cursorSeq" THEN w."headAttempts" ELSE head_attempts END,
       gap_seq = CASE WHEN cursor_seq <= w."cursorSeq" THEN w."gapSeq" ELSE gap_seq END,
       has_redeliveries = has_redeliveries AND NOT (w."step" = 'finish' AND w."allRedelivered" AND due_at = w."dueAt"),
       head_body = CASE WHEN cursor_seq > w."cursorSeq" THEN head_body
                        WHEN w."cursorSeq" + 1 <> ALL(w.erased_seqs) THEN decode(w."headBody", 'base64') END,
       due_at = CASE w."step" WHEN 'later' THEN clock_timestamp() + w."delayMs" * interval '1 millisecond'
                              WHEN 'finish' THEN CASE WHEN due_at = w."dueAt" THEN NULL ELSE due_at END
                              ELSE due_at END,
       rung_at = CASE WHEN w."step" <> 'later' THEN rung_at END,
       lease_token = CASE WHEN w."step" = 'continue' OR (w."step" = 'finish' AND due_at <> w."dueAt") THEN lease_token END,
       lease_until = CASE WHEN w."step" = 'continue' OR (w."step" = 'finish' AND due_at <> w."dueAt")
                          THEN clock_timestamp() + $2 * interval '1 millisecond' END
     FROM written w
     WHERE lanes.endpoint_id = w."endpointId" AND lanes.chat_id = w."chatId" AND lease_token = w."token"
     RETURNING lanes.endpoint_id, lanes.chat_id, lanes.lease_token IS NOT NULL AS held, lanes.due_at, lanes.erased_seqs,
               lanes.has_redeliveries, lanes.ends_seq
   ), recorded AS (
     INSERT INTO deliveries (endpoint_id, chat_id, seq, event_id, status, reason, attempts, done_at)
     SELECT lane.endpoint_id, lane.chat_id, d."seq", d."eventId", d."status", d."reason", d."attempts",
            CASE WHEN d."status" <> 'pending' THEN clock_timestamp() END
     FROM lane JOIN jsonb_to_recordset($3::jsonb) AS d (
       "endpointId" text, "chatId" text, "seq" bigint, "eventId" text, "status" text, "reason" text, "attempts" integer)
       ON d."endpointId" = lane.endpoint_id AND d."chatId" = lane.chat_id
     ON CONFLICT (endpoint_id, chat_id, seq) DO UPDATE
       SET status = excluded.status, reason = excluded.reason, attempts = excluded.attempts, done_at = excluded.done_at
   ), tried AS (
     INSERT INTO attempts (endpoint_id, chat_id, seq, number, at, http_status, error_code, duration_ms, response_head, request_id,
                           trigger)
     SELECT lane.endpoint_id, lane.chat_id, a."seq", a."number",
            clock_timestamp() - a."durationMs" * interval '1 millisecond', a."httpStatus", a."errorCode", a."durationMs",
            CASE WHEN a."seq" = ANY(lane.erased_seqs) THEN '' ELSE a."responseHead" END, a."requestId", a."trigger"
     FROM lane JOIN jsonb_to_recordset($4::jsonb) AS a (
       "endpointId" text, "chatId" text, "seq" bigint, "number" integer, "httpStatus" integer, "errorCode" text,
       "durationMs" integer, "responseHead" text, "requestId" text, "trigger" text)
       ON a."endpointId" = lane.endpoint_id AND a."chatId" = lane.chat_id
   )
   SELECT endpoint_id AS "endpointId", chat_id AS "chatId", held, due_at::text AS "dueAt", erased_seqs AS "erasedSeqs",
          has_redeliveries AS "hasRedeliveries", ends_seq AS "endsSeq"
   FROM lane`,
);

interface Wish {
  key: LaneKey;
  token: string;
  leaseMs: number;
}

interface Entry {
  lease: Lease;
  progress: LaneProgress;
  leaseMs: number;
}

type Recorded = Pick<Lease, 'dueAt' | 'endsSeq' | 'erasedSeqs' | 'hasRedeliveries'> & { held: boolean };

const keyOf = ({ endpointId, chatId }: LaneKey): string => `${endpointId}\n${chatId}`;

/** Lanes in one statement, and statements under way: enough to keep the database busy, few enough for others to gather. */
const GROUPS = { maxItems: 64, maxInFlight: 2 };

/**
 * Who serves a lane, and how far it has come. Lanes of one moment share statements: under load a statement, its commit and its
 * round trip are shared by many; when there is little to do, nobody waits. All times are the database's own.
 */
@Injectable()
export class LaneLeases {
  private readonly wishes = new GroupCommit<Wish, Lease | undefined>((wishes) => this.leaseAll(wishes), GROUPS);
  private readonly entries = new GroupCommit<Entry, Recorded | undefined>((entries) => this.recordAll(entries), GROUPS);

  constructor(private readonly database: Database) {}

  /** @returns undefined when the lane has nothing to do, or is served already */
  lease(key: LaneKey, token: string, leaseMs: number): Promise<Lease | undefined> {
    return this.wishes.write({ key, token, leaseMs });
  }

  /**
   * Writes what became of entries, and moves the lane on, all or nothing.
   *
   * @returns whether the lease is still held; `lost` when another worker has the lane, or the lane is gone: nothing was written
   */
  async record(lease: Lease, progress: LaneProgress, leaseMs: number): Promise<LeaseState> {
    const recorded = await this.entries.write({ lease, progress, leaseMs });
    if (!recorded) return 'lost';
    const { cursorSeq, headAttempts, headBody, gapSeq } = progress;
    const { hasRedeliveries, endsSeq, held } = recorded;
    // Within a page the old wish stays: what has come since the page was read is a wish that it does not fulfil.
    const dueAt = progress.step.kind === 'finish' ? recorded.dueAt : lease.dueAt;
    const erasedSeqs = recorded.erasedSeqs.map(Number); // the driver does not know arrays of bigint
    Object.assign(lease, { cursorSeq, headAttempts, headBody, gapSeq, dueAt, endsSeq, hasRedeliveries, erasedSeqs });
    return held ? 'held' : 'ended';
  }

  private async leaseAll(wishes: Wish[]): Promise<Outcome<Lease | undefined>[]> {
    // One lane may be wished for twice in one moment; who comes second finds it taken.
    const first = new Map<string, Wish>();
    for (const wish of wishes) if (!first.has(keyOf(wish.key))) first.set(keyOf(wish.key), wish);
    const wanted = [...first.values()];
    const leases = await this.database.query<Lease>(LEASE, [
      wanted.map(({ key }) => key.endpointId),
      wanted.map(({ key }) => key.chatId),
      wanted.map(({ token }) => token),
      wishes[0].leaseMs,
    ]);
    const byToken = new Map(leases.map((lease) => [lease.token, lease]));
    return wishes.map(({ token }) => ({ value: byToken.get(token) }));
  }

  private async recordAll(entries: Entry[]): Promise<Outcome<Recorded | undefined>[]> {
    const keyed = <T>(rows: (progress: LaneProgress) => readonly T[]) =>
      JSON.stringify(
        entries.flatMap(({ lease: { endpointId, chatId }, progress }) =>
          rows(progress).map((row) => ({ ...row, endpointId, chatId })),
        ),
      );
    const rows = await this.database.query<Recorded & LaneKey>(RECORD, [
      JSON.stringify(entries.map(stepOf)),
      entries[0].leaseMs,
      keyed(({ deliveries }) => deliveries),
      keyed(({ attempts }) => attempts),
    ]);
    const byKey = new Map(rows.map((row) => [keyOf(row), row]));
    return entries.map(({ lease }) => ({ value: byKey.get(keyOf(lease)) }));
  }
}

const stepOf = ({ lease: { endpointId, chatId, token, dueAt }, progress }: Entry) => ({
  endpointId,
  chatId,
  token,
  dueAt,
  cursorSeq: progress.cursorSeq,
  headAttempts: progress.headAttempts,
  gapSeq: progress.gapSeq,
  allRedelivered: progress.allRedelivered ?? false,
  headBody: progress.headBody?.toString('base64') ?? null,
  step: progress.step.kind,
  delayMs: progress.step.kind === 'later' ? progress.step.delayMs : 0,
});
