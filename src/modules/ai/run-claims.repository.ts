import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { ACTIVE, AiRunsRepository, type RunKey } from './ai-runs.repository.js';

// Claims of one key are made one after the other: else two could both count the last place that is left. Where nothing waits, or
// places are not counted, nobody is held up.
const LOCK = statement(
  'run_claims.lock',
  `SELECT pg_advisory_xact_lock(hashtextextended('ai_runs:' || $1, 0))
   FROM (SELECT FROM ai_runs WHERE bot_id = $2 AND chat_id = $3 AND state = 'queued' LIMIT 1) waiting WHERE $4::boolean`,
);

// The oldest run of each line that nothing in its own chat holds up.
const HEAD = `
  SELECT head.id FROM ai_runs head
  WHERE head.bot_id = $1 AND head.chat_id = $2 AND head.state = 'queued'
    AND (head.due_at <= clock_timestamp() OR head.slot_wanted_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM ai_runs busy WHERE busy.bot_id = $1 AND busy.chat_id = $2 AND busy.line = head.line
                    AND busy.state IN ${ACTIVE})
  ORDER BY head.trigger_seq, head.attempt LIMIT 1 FOR UPDATE SKIP LOCKED`;

// Who wants a place first gets one first, whatever else waits in the same chat: so chats take turns. Whose bot has all of its places
// taken holds up nobody else.
const CLAIM = statement(
  'run_claims.claim',
  `WITH head AS MATERIALIZED (${HEAD}),
   mine AS (SELECT run.id, coalesce(run.slot_wanted_at, clock_timestamp()) AS wanted_at
            FROM ai_runs run JOIN head USING (id)),
   earlier AS (
     SELECT other.bot_id, other.provider FROM ai_runs other, mine
     WHERE other.state = 'queued' AND other.slot_wanted_at < mine.wanted_at AND other.id <> mine.id
       AND (other.bot_id = $1 OR (other.provider = $3 AND $3 <> ''))),
   places AS (
     SELECT
       (SELECT count(*) FROM ai_runs active WHERE active.bot_id = $1 AND active.state IN ${ACTIVE})
       + (SELECT count(*) FROM earlier WHERE earlier.bot_id = $1) AS of_bot,
       (SELECT count(*) FROM ai_runs active WHERE active.provider = $3 AND $3 <> '' AND active.state IN ${ACTIVE})
       + (SELECT count(*) FROM earlier WHERE earlier.provider = $3 AND $3 <> ''
          AND (SELECT count(*) FROM ai_runs active
               WHERE active.bot_id = earlier.bot_id AND active.state IN ${ACTIVE}) < $7) AS of_key),
   verdict AS (SELECT mine.*, places.of_bot < $7 AND places.of_key < $6 AS has_place FROM mine, places)
   UPDATE ai_runs run SET
     provider = $3,
     state = CASE WHEN has_place THEN 'building' ELSE state END,
     lease_token = CASE WHEN has_place THEN $4 END,
     lease_until = CASE WHEN has_place THEN clock_timestamp() + $5 * interval '1 millisecond' END,
     tries = tries + CASE WHEN has_place THEN 1 ELSE 0 END,
     started_at = CASE WHEN has_place THEN clock_timestamp() END,
     slot_wanted_at = CASE WHEN has_place THEN NULL ELSE verdict.wanted_at END,
     due_at = CASE WHEN has_place THEN due_at ELSE clock_timestamp() + $8 * interval '1 millisecond' END
   FROM verdict WHERE run.id = verdict.id AND run.state = 'queued'
   RETURNING run.id, has_place AS "hasPlace"`,
);
/** Those who wait for a place that has become free: of the same bot, and by the same key. */
const NEXT = statement(
  'run_claims.next',
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
const HOLD = statement(
  'run_claims.hold',
  `SELECT stop_reason AS "stopReason", stopped_by AS "stoppedBy" FROM ai_runs
   WHERE id = $1 AND lease_token = $2 AND state IN ${ACTIVE} FOR UPDATE`,
);
const REQUEUE = statement(
  'run_claims.requeue',
  `UPDATE ai_runs SET state = 'queued', lease_token = NULL, lease_until = NULL,
     due_at = clock_timestamp() + $3 * interval '1 millisecond'
   WHERE id = $1 AND lease_token = $2 AND stop_reason = '' RETURNING id`,
);

const DUE = statement(
  'run_claims.due',
  `SELECT DISTINCT bot_id AS "botId", chat_id AS "chatId" FROM ai_runs waiting
   WHERE state = 'queued' AND due_at < statement_timestamp() - $1 * interval '1 millisecond'
     AND NOT EXISTS (SELECT FROM ai_runs busy WHERE busy.bot_id = waiting.bot_id AND busy.chat_id = waiting.chat_id
                     AND busy.line = waiting.line AND busy.state IN ${ACTIVE})
   LIMIT $2`,
);
const LOST = statement(
  'run_claims.lost',
  `SELECT id FROM ai_runs WHERE lease_until <= statement_timestamp() AND state IN ${ACTIVE} ORDER BY lease_until LIMIT $1`,
);

export interface StopOrder {
  stopReason: string;
  stoppedBy: string;
}

/** Runs that may be under way at a time. Absent: any number. */
export interface Places {
  ofKey?: number;
  ofBot?: number;
}

/** What Postgres takes for any number. */
const MANY = 1_000_000;

/** After this time a run that waits for a place is looked at again, should the news of a free one be lost. */
const LOOK_AGAIN_MS = 4000;

const UNIQUE_VIOLATION = '23505';

/** Which worker has which run. */
@Injectable()
export class RunClaimsRepository {
  constructor(
    private readonly database: Database,
    private readonly runs: AiRunsRepository,
  ) {}

  /**
   * Takes the oldest run that waits in a chat.
   *
   * @param provider by whose key it is answered
   * @returns undefined when none waits, or another one is under way; `crowded` when too many are
   */
  async claim(
    { botId, chatId }: RunKey,
    provider: string,
    token: string,
    leaseMs: number,
    { ofKey = MANY, ofBot = MANY }: Places,
  ): Promise<AiRunEntity | 'crowded' | undefined> {
    try {
      const values = [botId, chatId, provider, token, leaseMs, ofKey, ofBot, LOOK_AGAIN_MS];
      const [, [row]] = await this.database.together<[object[], { id: string; hasPlace: boolean }[]]>(
        [LOCK, [provider || botId, botId, chatId, ofKey < MANY || ofBot < MANY]],
        [CLAIM, values],
      );
      if (!row) return undefined;
      return row.hasPlace ? ((await this.runs.find(row.id)) ?? undefined) : 'crowded';
    } catch (error) {
      if ((error as { code?: string }).code === UNIQUE_VIOLATION) return undefined; // another worker was faster
      throw error;
    }
  }

  /** @returns the chats in which somebody waits for the place of this run */
  next({ botId, provider }: Pick<AiRunEntity, 'botId' | 'provider'>): Promise<RunKey[]> {
    return this.database.query<RunKey>(NEXT, [botId, provider]);
  }

  /** Takes over the run of a worker that is gone. */
  async reclaim(id: string, token: string, leaseMs: number): Promise<AiRunEntity | undefined> {
    const [row] = await this.database.query<{ id: string }>(RECLAIM, [id, token, leaseMs]);
    return row && ((await this.runs.find(row.id)) ?? undefined);
  }

  /** @returns whether somebody wants it to stop; undefined when another worker has it, or it is gone */
  async renew(id: string, token: string, leaseMs: number): Promise<StopOrder | undefined> {
    const [row] = await this.database.query<StopOrder>(RENEW, [id, token, leaseMs]);
    return row;
  }

  /** Locks the run until the transaction ends. @returns as `renew` */
  async hold(id: string, token: string): Promise<StopOrder | undefined> {
    const [row] = await this.database.query<StopOrder>(HOLD, [id, token]);
    return row;
  }

  async requeue(id: string, token: string, delayMs: number): Promise<boolean> {
    return (await this.database.query(REQUEUE, [id, token, delayMs])).length > 0;
  }

  /** Chats in which a run has been waiting for longer than a bell takes. */
  due(waitedMs: number, limit: number): Promise<RunKey[]> {
    return this.database.query<RunKey>(DUE, [waitedMs, limit]);
  }

  /** Runs whose workers are gone. */
  async lost(limit: number): Promise<string[]> {
    return (await this.database.query<{ id: string }>(LOST, [limit])).map(({ id }) => id);
  }
}
