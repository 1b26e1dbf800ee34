import { Injectable, Logger } from '@nestjs/common';
import { randomHex } from '../../core/crypto/tokens.js';
import { Database, statement } from '../../core/database/database.js';
import { GroupCommit, type Outcome } from '../../core/database/group-commit.js';
import { storableText } from '../../core/text/storable-text.js';
import type { AttemptEntity, DeliveryEntity } from './delivery.entity.js';
import type { SubscriptionKey } from './subscriptions.repository.js';

/** A subscription that this process serves until the lease expires. */
export interface Lease extends SubscriptionKey {
  botId: string;
  /** The fencing token: every write under the lease checks it. */
  token: string;
  /** By the clock of this process (`performance.now()`), no later than the start of the lease in the database. */
  renewedAt: number;
  cursorSeq: number;
  /** The entry with which the bot left the chat; null while it is a member. */
  endsSeq: number | null;
  /** The due time as text from Postgres: a Date would lose the microseconds that distinguish a new due time from an old one. */
  dueAt: string;
  headAttempts: number;
  headBody: Buffer | null;
  /** The newest entry that was given up, if nothing was delivered after it. */
  gapSeq: number | null;
  /** Whether redeliveries of earlier entries are requested. */
  hasRedeliveries: boolean;
  /** Entries that were removed since the claim. */
  erasedSeqs: readonly number[];
}

export type DeliveryRow = Pick<DeliveryEntity, 'seq' | 'eventId' | 'status' | 'reason' | 'attempts'>;

export type AttemptRow = Pick<
  AttemptEntity,
  'seq' | 'number' | 'httpStatus' | 'errorCode' | 'durationMs' | 'responseHead' | 'requestId' | 'trigger'
>;

/**
 * What a write does to the lease:
 * - `continue`: renews it
 * - `finish`: ends it as nothing is left to do, unless the subscription became due again
 * - `later`: ends it and makes the subscription due after `delayMs`
 */
export type LeaseStep = { kind: 'continue' } | { kind: 'finish' } | { kind: 'later'; delayMs: number };

export interface SubscriptionProgress {
  cursorSeq: number;
  /** Attempts of the entry after the cursor, and the body they sent. */
  headAttempts: number;
  headBody: Buffer | null;
  gapSeq: number | null;
  /** Whether no requested redelivery is left. */
  allRedelivered?: boolean;
  deliveries: readonly DeliveryRow[];
  attempts: readonly AttemptRow[];
  step: LeaseStep;
}

export type LeaseState = 'held' | 'ended' | 'lost';

/** First key of the advisory locks for claims; the second key is the endpoint. */
const CLAIM_LOCKS = 7_102_025;

// The cap of an endpoint holds over all processes: leases are counted and claimed under a lock of the endpoint, by a statement that
// begins after the lock is acquired and so sees all earlier claims. All transactions take the locks in one order.
const LOCK_ENDPOINTS = statement(
  'subscriptions.lock_endpoints',
  `SELECT pg_advisory_xact_lock(${CLAIM_LOCKS}, key)
   FROM (SELECT DISTINCT hashtext(id) AS key FROM unnest($1::text[]) AS id ORDER BY 1) keys`,
);
// A claim skips locked subscriptions instead of waiting. It reports that the endpoint has more.
const CLAIM = statement(
  'subscriptions.claim',
  `WITH wanted AS MATERIALIZED (
     SELECT w.endpoint_id, w.token, w.slots,
            w.max_leases - (SELECT count(*) FROM subscriptions s
                            WHERE s.endpoint_id = w.endpoint_id AND s.lease_token IS NOT NULL AND s.lease_until > statement_timestamp()
                           ) AS room
     FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[]) AS w (endpoint_id, token, slots, max_leases)
   ), chosen AS MATERIALIZED (
     SELECT s.endpoint_id, s.chat_id, w.token
     FROM wanted w CROSS JOIN LATERAL (
       SELECT endpoint_id, chat_id FROM subscriptions
       WHERE endpoint_id = w.endpoint_id AND due_at <= statement_timestamp()
         AND (lease_until IS NULL OR lease_until <= statement_timestamp())
       ORDER BY due_at LIMIT greatest(least(w.slots, w.room), 0)
       FOR NO KEY UPDATE SKIP LOCKED) s
   ), claimed AS (
     UPDATE subscriptions SET lease_token = chosen.token, lease_until = clock_timestamp() + $5 * interval '1 millisecond', erased_seqs = '{}'
     FROM chosen WHERE subscriptions.endpoint_id = chosen.endpoint_id AND subscriptions.chat_id = chosen.chat_id
     RETURNING subscriptions.endpoint_id, subscriptions.chat_id, bot_id, lease_token, cursor_seq, ends_seq, due_at::text, head_attempts, head_body, erased_seqs,
               gap_seq, has_redeliveries
   )
   SELECT w.token AS "claim", w.room <= w.slots AS "isCapped", claimed.endpoint_id AS "endpointId", chat_id AS "chatId",
          bot_id AS "botId", lease_token AS "token", cursor_seq AS "cursorSeq", ends_seq AS "endsSeq", due_at AS "dueAt", head_attempts AS "headAttempts",
          head_body AS "headBody", erased_seqs AS "erasedSeqs", gap_seq AS "gapSeq", has_redeliveries AS "hasRedeliveries",
          CASE WHEN claimed.endpoint_id IS NULL OR row_number() OVER (PARTITION BY w.token) = 1 THEN (
            SELECT extract(epoch FROM s.due_at - statement_timestamp()) * 1000 FROM subscriptions s
            WHERE s.endpoint_id = w.endpoint_id AND s.due_at IS NOT NULL
              AND (s.lease_until IS NULL OR s.lease_until <= statement_timestamp())
              AND NOT EXISTS (SELECT FROM chosen c WHERE c.endpoint_id = s.endpoint_id AND c.chat_id = s.chat_id)
            ORDER BY s.due_at LIMIT 1) END::float8 AS "nextDueMs"
   FROM wanted w LEFT JOIN claimed ON claimed.lease_token = w.token`,
);
const HAS_DUE = statement(
  'subscriptions.has_due',
  `SELECT 1 FROM subscriptions WHERE endpoint_id = $1 AND due_at <= statement_timestamp()
     AND (lease_until IS NULL OR lease_until <= statement_timestamp()) LIMIT 1`,
);

// The head and the gap belong to the cursor that was served. If the cursor was moved meanwhile, they are not written. The erased entries
// are read from the locked row; a query of the messages could be older than the lock.
const RECORD = statement(
  'subscriptions.record',
  `WITH written AS (
     SELECT i.*, s.erased_seqs FROM jsonb_to_recordset($1::jsonb) AS i (
       "endpointId" text, "chatId" text, "token" text, "cursorSeq" bigint, "headAttempts" integer, "headBody" text,
       "gapSeq" bigint, "allRedelivered" boolean, "step" text, "delayMs" float8, "dueAt" timestamptz)
     JOIN subscriptions s ON s.endpoint_id = i."endpointId" AND s.chat_id = i."chatId"
     ORDER BY s.endpoint_id, s.chat_id FOR NO KEY UPDATE OF s
   ), subscription AS (
     UPDATE subscriptions SET
       cursor_seq = greatest(cursor_seq, w."cursorSeq"),
       head_attempts = CASE WHEN cursor_seq <= w."cursorSeq" THEN w."headAttempts" ELSE head_attempts END,
       gap_seq = CASE WHEN cursor_seq <= w."cursorSeq" THEN w."gapSeq" ELSE gap_seq END,
       has_redeliveries = has_redeliveries AND NOT (w."step" = 'finish' AND w."allRedelivered" AND due_at = w."dueAt"),
       head_body = CASE WHEN cursor_seq > w."cursorSeq" THEN head_body
                        WHEN w."cursorSeq" + 1 <> ALL(w.erased_seqs) THEN decode(w."headBody", 'base64') END,
       due_at = CASE w."step" WHEN 'later' THEN clock_timestamp() + w."delayMs" * interval '1 millisecond'
                              WHEN 'finish' THEN CASE WHEN due_at = w."dueAt" THEN NULL ELSE due_at END
                              ELSE due_at END,
       lease_token = CASE WHEN w."step" = 'continue' OR (w."step" = 'finish' AND due_at <> w."dueAt") THEN lease_token END,
       lease_until = CASE WHEN w."step" = 'continue' OR (w."step" = 'finish' AND due_at <> w."dueAt")
                          THEN clock_timestamp() + $2 * interval '1 millisecond' END
     FROM written w
     WHERE subscriptions.endpoint_id = w."endpointId" AND subscriptions.chat_id = w."chatId" AND lease_token = w."token"
     RETURNING subscriptions.endpoint_id, subscriptions.chat_id, subscriptions.lease_token IS NOT NULL AS held, subscriptions.due_at, subscriptions.erased_seqs,
               subscriptions.has_redeliveries, subscriptions.ends_seq
   ), recorded AS (
     INSERT INTO deliveries (endpoint_id, chat_id, seq, event_id, status, reason, attempts, done_at)
     SELECT subscription.endpoint_id, subscription.chat_id, d."seq", d."eventId", d."status", d."reason", d."attempts",
            CASE WHEN d."status" <> 'pending' THEN clock_timestamp() END
     FROM subscription JOIN jsonb_to_recordset($3::jsonb) AS d (
       "endpointId" text, "chatId" text, "seq" bigint, "eventId" text, "status" text, "reason" text, "attempts" integer)
       ON d."endpointId" = subscription.endpoint_id AND d."chatId" = subscription.chat_id
     ON CONFLICT (endpoint_id, chat_id, seq) DO UPDATE
       SET status = excluded.status, reason = excluded.reason, attempts = excluded.attempts, done_at = excluded.done_at
   ), tried AS (
     INSERT INTO attempts (endpoint_id, chat_id, seq, number, at, http_status, error_code, duration_ms, response_head, request_id,
                           trigger)
     SELECT subscription.endpoint_id, subscription.chat_id, a."seq", a."number",
            clock_timestamp() - a."durationMs" * interval '1 millisecond', a."httpStatus", a."errorCode", a."durationMs",
            CASE WHEN a."seq" = ANY(subscription.erased_seqs) THEN '' ELSE a."responseHead" END, a."requestId", a."trigger"
     FROM subscription JOIN jsonb_to_recordset($4::jsonb) AS a (
       "endpointId" text, "chatId" text, "seq" bigint, "number" integer, "httpStatus" integer, "errorCode" text,
       "durationMs" integer, "responseHead" text, "requestId" text, "trigger" text)
       ON a."endpointId" = subscription.endpoint_id AND a."chatId" = subscription.chat_id
   )
   SELECT endpoint_id AS "endpointId", chat_id AS "chatId", held, due_at::text AS "dueAt", erased_seqs AS "erasedSeqs",
          has_redeliveries AS "hasRedeliveries", ends_seq AS "endsSeq"
   FROM subscription`,
);

/** A request for leases of an endpoint. */
export interface ClaimRequest {
  endpointId: string;
  /** Maximum number of leases to claim. */
  slots: number;
  /** Maximum number of leases of the endpoint over all processes. */
  maxLeases: number;
  leaseMs: number;
}

export interface Claim {
  /** By due time, the oldest first. */
  leases: Lease[];
  /** Whether the endpoint has its maximum number of leases. */
  isCapped: boolean;
  /** Milliseconds until the next subscription without a worker is due, 0 or less if it is due already; undefined without one. */
  nextDueMs: number | undefined;
}

interface PendingClaim extends ClaimRequest {
  token: string;
}

type ClaimedRow = { [Key in Exclude<keyof Lease, 'renewedAt'>]: Lease[Key] | null } & {
  claim: string;
  isCapped: boolean;
  nextDueMs: number | null;
};

interface Entry {
  lease: Lease;
  progress: SubscriptionProgress;
  leaseMs: number;
}

type RecordedRow = Pick<Lease, 'dueAt' | 'endsSeq' | 'erasedSeqs' | 'hasRedeliveries'> & { held: boolean };
type Recorded = RecordedRow & Pick<Lease, 'renewedAt'>;

const keyOf = ({ endpointId, chatId }: SubscriptionKey): string => `${endpointId}\n${chatId}`;

/** Subscriptions per statement, and concurrent statements: enough to keep the database busy, and few enough to form groups. */
const GROUPS = { maxItems: 64, maxInFlight: 2 };

/**
 * Claims subscriptions and records the progress of turns. Concurrent calls share a statement, its commit and its round trip; without
 * load no call waits. All times are the database's.
 */
@Injectable()
export class SubscriptionLeases {
  private readonly logger = new Logger(SubscriptionLeases.name);
  private readonly claims = new GroupCommit<PendingClaim, Claim>((claims) => this.claimAll(claims), GROUPS);
  private readonly entries = new GroupCommit<Entry, Recorded | undefined>((entries) => this.recordAll(entries), GROUPS);

  constructor(private readonly database: Database) {}

  /**
   * Claims due subscriptions of an endpoint, the oldest due first, up to its maximum number of leases. A process must not claim the same
   * endpoint concurrently, since concurrent claims share a statement.
   */
  claim(request: ClaimRequest): Promise<Claim> {
    return this.claims.write({ ...request, token: randomHex(8) });
  }

  /** Whether the endpoint has a due subscription without a worker. */
  async hasDue(endpointId: string): Promise<boolean> {
    return (await this.database.query(HAS_DUE, [endpointId])).length > 0;
  }

  /**
   * Records deliveries and attempts and moves the cursor, all or nothing.
   *
   * @returns whether the lease is still held; `lost` if another worker has the subscription or it was deleted, and nothing was written
   */
  async record(lease: Lease, progress: SubscriptionProgress, leaseMs: number): Promise<LeaseState> {
    const recorded = await this.write({ lease, progress, leaseMs });
    if (!recorded) return 'lost';
    const { cursorSeq, headAttempts, headBody, gapSeq } = progress;
    const { hasRedeliveries, endsSeq, held, renewedAt } = recorded;
    // Within a page the old due time stays: entries that were added since the page was read need another page.
    const dueAt = progress.step.kind === 'finish' ? recorded.dueAt : lease.dueAt;
    const erasedSeqs = recorded.erasedSeqs.map(Number); // the driver does not parse bigint arrays
    const now = { cursorSeq, headAttempts, headBody, gapSeq, dueAt, endsSeq, hasRedeliveries, erasedSeqs, renewedAt };
    Object.assign(lease, now);
    return held ? 'held' : 'ended';
  }

  /** If Postgres rejects a text, the results are stored without texts, so that the cursor moves on. */
  private async write(entry: Entry): Promise<Recorded | undefined> {
    try {
      return await this.entries.write(entry);
    } catch (error) {
      if (!isDataException(error)) throw error;
      this.logger.error(
        `Results of chat ${entry.lease.chatId} are recorded without texts: ${(error as Error).message}`,
      );
      return this.entries.write({ ...entry, progress: withoutTexts(entry.progress) });
    }
  }

  private async claimAll(claims: PendingClaim[]): Promise<Outcome<Claim>[]> {
    const endpointIds = claims.map(({ endpointId }) => endpointId);
    const renewedAt = performance.now();
    const [, rows] = await this.database.pipeline<[object[], ClaimedRow[]]>(
      [LOCK_ENDPOINTS, [endpointIds]],
      [
        CLAIM,
        [
          endpointIds,
          claims.map(({ token }) => token),
          claims.map(({ slots }) => slots),
          claims.map(({ maxLeases }) => maxLeases),
          claims[0].leaseMs,
        ],
      ],
    );
    return claims.map(({ token }) => ({
      value: toClaim(
        rows.filter(({ claim }) => claim === token),
        renewedAt,
      ),
    }));
  }

  private async recordAll(entries: Entry[]): Promise<Outcome<Recorded | undefined>[]> {
    const keyed = <T>(rows: (progress: SubscriptionProgress) => readonly T[]) =>
      JSON.stringify(
        entries.flatMap(({ lease: { endpointId, chatId }, progress }) =>
          rows(progress).map((row) => ({ ...row, endpointId, chatId })),
        ),
      );
    const renewedAt = performance.now();
    const rows = await this.database.query<RecordedRow & SubscriptionKey>(RECORD, [
      JSON.stringify(entries.map(stepOf)),
      entries[0].leaseMs,
      keyed(({ deliveries }) => deliveries),
      keyed(({ attempts }) => attempts),
    ]);
    const byKey = new Map(rows.map((row) => [keyOf(row), { ...row, renewedAt }]));
    return entries.map(({ lease }) => ({ value: byKey.get(keyOf(lease)) }));
  }
}

function toClaim(rows: readonly ClaimedRow[], renewedAt: number): Claim {
  const leases = rows.flatMap(({ claim: _claim, isCapped: _isCapped, nextDueMs: _nextDueMs, ...lease }) =>
    lease.endpointId === null ? [] : [{ ...lease, renewedAt } as Lease],
  );
  const nextDueMs = rows.find((row) => row.nextDueMs !== null)?.nextDueMs ?? undefined;
  return { leases, isCapped: rows[0]?.isCapped ?? false, nextDueMs };
}

/** Postgres error class 22: the values are invalid, so a retry would fail too. */
const isDataException = (error: unknown): boolean => (error as { code?: string }).code?.startsWith('22') ?? false;

const withoutTexts = (progress: SubscriptionProgress): SubscriptionProgress => ({
  ...progress,
  deliveries: progress.deliveries.map((row) => ({ ...row, reason: storableText(row.reason) })),
  attempts: progress.attempts.map((row) => ({
    ...row,
    errorCode: storableText(row.errorCode),
    responseHead: '',
    requestId: '',
  })),
});

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
