import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import { ACTIVE, type AiRunEntity } from './ai-run.entity.js';
import { AiRunsRepository } from './ai-runs.repository.js';
import type { BotChatKey } from '../ai.queues.js';

// Serializes the claims of one key; concurrent claims could both take the last slot. No lock is taken if nothing is queued or no
// limit is set.
const LOCK = statement(
  'run_claims.lock',
  `SELECT pg_advisory_xact_lock(hashtextextended('ai_runs:' || $1, 0))
   FROM (SELECT FROM ai_runs WHERE bot_id = $2 AND chat_id = $3 AND state = 'queued' LIMIT 1) waiting WHERE $4::boolean`,
);

// The oldest queued run whose ordering key has no active run.
const HEAD = `
  SELECT head.id FROM ai_runs head
  WHERE head.bot_id = $1 AND head.chat_id = $2 AND head.state = 'queued'
    AND (head.due_at <= clock_timestamp() OR head.slot_wanted_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM ai_runs busy WHERE busy.bot_id = $1 AND busy.chat_id = $2 AND busy.ordering_key = head.ordering_key
                    AND busy.state IN ${ACTIVE})
  ORDER BY head.trigger_seq, head.attempt LIMIT 1 FOR UPDATE SKIP LOCKED`;

// First come, first served across chats, so that chats take turns. A bot at its own limit does not block the runs of other bots.
const CLAIM = statement(
  'run_claims.claim',
  `WITH head AS MATERIALIZED (${HEAD}),
   mine AS (SELECT run.id, coalesce(run.slot_wanted_at, clock_timestamp()) AS wanted_at
            FROM ai_runs run JOIN head USING (id)),
   earlier AS (
     SELECT other.bot_id, other.provider FROM ai_runs other, mine
     WHERE other.state = 'queued' AND other.slot_wanted_at < mine.wanted_at AND other.id <> mine.id
       AND (other.bot_id = $1 OR (other.provider = $3 AND $3 <> ''))),
   slots AS (
     SELECT
       (SELECT count(*) FROM ai_runs active WHERE active.bot_id = $1 AND active.state IN ${ACTIVE})
       + (SELECT count(*) FROM earlier WHERE earlier.bot_id = $1) AS of_bot,
       (SELECT count(*) FROM ai_runs active WHERE active.provider = $3 AND $3 <> '' AND active.state IN ${ACTIVE})
       + (SELECT count(*) FROM earlier WHERE earlier.provider = $3 AND $3 <> ''
          AND (SELECT count(*) FROM ai_runs active
               WHERE active.bot_id = earlier.bot_id AND active.state IN ${ACTIVE}) < $7) AS of_key),
   decision AS (SELECT mine.*, slots.of_bot < $7 AND slots.of_key < $6 AS has_slot FROM mine, slots)
   UPDATE ai_runs run SET
     provider = $3,
     state = CASE WHEN has_slot THEN 'building' ELSE state END,
     lease_token = CASE WHEN has_slot THEN $4 END,
     lease_until = CASE WHEN has_slot THEN clock_timestamp() + $5 * interval '1 millisecond' END,
     tries = tries + CASE WHEN has_slot THEN 1 ELSE 0 END,
     started_at = CASE WHEN has_slot THEN clock_timestamp() END,
     slot_wanted_at = CASE WHEN has_slot THEN NULL ELSE decision.wanted_at END,
     due_at = CASE WHEN has_slot THEN due_at ELSE clock_timestamp() + $8 * interval '1 millisecond' END
   FROM decision WHERE run.id = decision.id AND run.state = 'queued'
   RETURNING run.id, has_slot AS "hasSlot"`,
);
/** The next waiting run of the same bot, and of the same key. */
const FIND_NEXT_WAITING = statement(
  'run_claims.find_next_waiting',
  `(SELECT bot_id AS "botId", chat_id AS "chatId" FROM ai_runs
    WHERE bot_id = $1 AND state = 'queued' AND slot_wanted_at IS NOT NULL ORDER BY slot_wanted_at LIMIT 1)
   UNION
   (SELECT bot_id, chat_id FROM ai_runs
    WHERE provider = $2 AND $2 <> '' AND state = 'queued' AND slot_wanted_at IS NOT NULL ORDER BY slot_wanted_at LIMIT 1)`,
);

const RECLAIM = statement(
  'run_claims.reclaim',
  `UPDATE ai_runs SET lease_token = $2, lease_until = clock_timestamp() + $3 * interval '1 millisecond'
   WHERE id = $1 AND state IN ${ACTIVE} AND lease_until <= clock_timestamp()
   RETURNING id`,
);
const RENEW = statement(
  'run_claims.renew',
  `UPDATE ai_runs SET lease_until = clock_timestamp() + $3 * interval '1 millisecond'
   WHERE id = $1 AND lease_token = $2 RETURNING stop_reason AS "stopReason", stopped_by AS "stoppedBy"`,
);
const LOCK_RUN = statement(
  'run_claims.lock_run',
  `SELECT stop_reason AS "stopReason", stopped_by AS "stoppedBy" FROM ai_runs
   WHERE id = $1 AND lease_token = $2 AND state IN ${ACTIVE} FOR UPDATE`,
);
const REQUEUE = statement(
  'run_claims.requeue',
  `UPDATE ai_runs SET state = 'queued', lease_token = NULL, lease_until = NULL,
     due_at = clock_timestamp() + $3 * interval '1 millisecond'
   WHERE id = $1 AND lease_token = $2 AND stop_reason = '' RETURNING id`,
);

const FIND_DUE = statement(
  'run_claims.find_due',
  `SELECT DISTINCT bot_id AS "botId", chat_id AS "chatId" FROM ai_runs waiting
   WHERE state = 'queued' AND due_at < statement_timestamp() - $1 * interval '1 millisecond'
     AND NOT EXISTS (SELECT FROM ai_runs busy WHERE busy.bot_id = waiting.bot_id AND busy.chat_id = waiting.chat_id
                     AND busy.ordering_key = waiting.ordering_key AND busy.state IN ${ACTIVE})
   LIMIT $2`,
);
const FIND_ORPHANED = statement(
  'run_claims.find_orphaned',
  `SELECT id FROM ai_runs WHERE lease_until <= statement_timestamp() AND state IN ${ACTIVE} ORDER BY lease_until LIMIT $1`,
);

export interface StopRequest {
  stopReason: string;
  stoppedBy: string;
}

/** Maximum of active runs. Absent: unlimited. */
export interface ConcurrencyLimits {
  perKey?: number;
  perBot?: number;
}

const UNLIMITED = 1_000_000;

/** A run that waits for a slot is tried again after this time, in case a wake-up was lost. */
const RETRY_MS = 4000;

const UNIQUE_VIOLATION = '23505';

/** Leases of runs. */
@Injectable()
export class RunClaimsRepository {
  constructor(
    private readonly database: Database,
    private readonly runs: AiRunsRepository,
  ) {}

  /**
   * Claims the oldest queued run of a chat.
   *
   * @param provider hash of server and key
   * @returns undefined if none is queued or one is active; `no_slot` if a concurrency limit is reached
   */
  async claim(
    { botId, chatId }: BotChatKey,
    provider: string,
    token: string,
    leaseMs: number,
    { perKey = UNLIMITED, perBot = UNLIMITED }: ConcurrencyLimits,
  ): Promise<AiRunEntity | 'no_slot' | undefined> {
    try {
      const values = [botId, chatId, provider, token, leaseMs, perKey, perBot, RETRY_MS];
      const [, [row]] = await this.database.pipeline<[object[], { id: string; hasSlot: boolean }[]]>(
        [LOCK, [provider || botId, botId, chatId, perKey < UNLIMITED || perBot < UNLIMITED]],
        [CLAIM, values],
      );
      if (!row) return undefined;
      return row.hasSlot ? ((await this.runs.find(row.id)) ?? undefined) : 'no_slot';
    } catch (error) {
      if ((error as { code?: string }).code === UNIQUE_VIOLATION) return undefined; // another worker was faster
      throw error;
    }
  }

  /** @returns the chats with runs that wait for the slot of this run */
  findNextWaiting({ botId, provider }: Pick<AiRunEntity, 'botId' | 'provider'>): Promise<BotChatKey[]> {
    return this.database.query<BotChatKey>(FIND_NEXT_WAITING, [botId, provider]);
  }

  /** Takes over the run of a dead worker. */
  async reclaim(id: string, token: string, leaseMs: number): Promise<AiRunEntity | undefined> {
    const [row] = await this.database.query<{ id: string }>(RECLAIM, [id, token, leaseMs]);
    return row && ((await this.runs.find(row.id)) ?? undefined);
  }

  /** @returns the stop request, possibly empty; undefined if another worker owns the run or it was deleted */
  async renew(id: string, token: string, leaseMs: number): Promise<StopRequest | undefined> {
    const [row] = await this.database.query<StopRequest>(RENEW, [id, token, leaseMs]);
    return row;
  }

  /** Locks the run until the transaction ends. @returns as `renew` */
  async lock(id: string, token: string): Promise<StopRequest | undefined> {
    const [row] = await this.database.query<StopRequest>(LOCK_RUN, [id, token]);
    return row;
  }

  async requeue(id: string, token: string, delayMs: number): Promise<boolean> {
    return (await this.database.query(REQUEUE, [id, token, delayMs])).length > 0;
  }

  /** Chats with runs that have been due for longer than a wake-up takes. */
  findDue(waitedMs: number, limit: number): Promise<BotChatKey[]> {
    return this.database.query<BotChatKey>(FIND_DUE, [waitedMs, limit]);
  }

  /** Runs with an expired lease. */
  async findOrphaned(limit: number): Promise<string[]> {
    return (await this.database.query<{ id: string }>(FIND_ORPHANED, [limit])).map(({ id }) => id);
  }
}
