import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Database, statement } from '../../core/database/database.js';
import { AiRunEntity } from './ai-run.entity.js';

const ACTIVE = `('building', 'requesting', 'streaming')`;

const INSERT = statement(
  'ai_runs.insert',
  `INSERT INTO ai_runs (id, bot_id, chat_id, trigger_id, trigger_seq, attempt, user_id, state, reason)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
   ON CONFLICT DO NOTHING RETURNING id`,
);

// One statement: a run that a worker takes at this very moment is seen as it is then, queued or active.
const STOP = statement(
  'ai_runs.stop',
  `UPDATE ai_runs SET
     stop_reason = CASE WHEN stop_reason = '' THEN $3 ELSE stop_reason END,
     stopped_by = CASE WHEN stop_reason = '' THEN $4 ELSE stopped_by END,
     state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END,
     reason = CASE WHEN state = 'queued' THEN $3 ELSE reason END,
     finished_at = CASE WHEN state = 'queued' THEN clock_timestamp() END
   WHERE bot_id = $1 AND chat_id = $2 AND trigger_seq < $5 AND state IN ('queued', 'building', 'requesting', 'streaming')
   RETURNING id, state`,
);
const STOP_IN_CHAT = statement(
  'ai_runs.stop_in_chat',
  STOP.text.replace('bot_id = $1', '($1::text IS NULL OR bot_id = $1)'),
);
const STOP_BY_TRIGGERS = statement(
  'ai_runs.stop_by_triggers',
  STOP.text
    .replace('bot_id = $1 AND chat_id = $2 AND trigger_seq < $5', 'trigger_id = ANY($1)')
    .replaceAll('$3', '$2')
    .replaceAll('$4', "''"),
);
const STOP_YOUNG = statement(
  'ai_runs.stop_young',
  `UPDATE ai_runs SET stop_reason = $2
   WHERE trigger_id = ANY($1) AND state IN ${ACTIVE} AND stop_reason = '' AND created_at > now() - interval '30 seconds'
   RETURNING id, bot_id AS "botId", chat_id AS "chatId", trigger_id AS "triggerId", trigger_seq AS "triggerSeq", attempt,
             user_id AS "userId"`,
);

const COUNT_QUEUED = statement(
  'ai_runs.count_queued',
  `SELECT count(*) AS count FROM ai_runs WHERE bot_id = $1 AND chat_id = $2 AND state = 'queued'`,
);

const CLAIM = statement(
  'ai_runs.claim',
  `UPDATE ai_runs SET state = 'building', lease_token = $3, lease_until = clock_timestamp() + $4 * interval '1 millisecond',
     tries = tries + 1, started_at = clock_timestamp()
   WHERE id = (
       SELECT id FROM ai_runs WHERE bot_id = $1 AND chat_id = $2 AND state = 'queued' AND due_at <= clock_timestamp()
       ORDER BY trigger_seq, attempt LIMIT 1 FOR UPDATE SKIP LOCKED)
     AND state = 'queued'
     AND NOT EXISTS (SELECT FROM ai_runs WHERE bot_id = $1 AND chat_id = $2 AND state IN ${ACTIVE})
   RETURNING id`,
);

const RECLAIM = statement(
  'ai_runs.reclaim',
  `UPDATE ai_runs SET lease_token = $2, lease_until = clock_timestamp() + $3 * interval '1 millisecond'
   WHERE id = $1 AND state IN ${ACTIVE} AND lease_until <= clock_timestamp()
   RETURNING id`,
);

const RENEW = statement(
  'ai_runs.renew',
  `UPDATE ai_runs SET lease_until = clock_timestamp() + $3 * interval '1 millisecond'
   WHERE id = $1 AND lease_token = $2 RETURNING stop_reason AS "stopReason", stopped_by AS "stoppedBy"`,
);

const HOLD = statement(
  'ai_runs.hold',
  `SELECT id FROM ai_runs WHERE id = $1 AND lease_token = $2 AND state IN ${ACTIVE} FOR UPDATE`,
);

const REQUEUE = statement(
  'ai_runs.requeue',
  `UPDATE ai_runs SET state = 'queued', lease_token = NULL, lease_until = NULL,
     due_at = clock_timestamp() + $3 * interval '1 millisecond'
   WHERE id = $1 AND lease_token = $2 AND stop_reason = '' RETURNING id`,
);

const DUE = statement(
  'ai_runs.due',
  `SELECT DISTINCT bot_id AS "botId", chat_id AS "chatId" FROM ai_runs waiting
   WHERE state = 'queued' AND due_at < clock_timestamp() - $1 * interval '1 millisecond'
     AND NOT EXISTS (SELECT FROM ai_runs busy WHERE busy.bot_id = waiting.bot_id AND busy.chat_id = waiting.chat_id
                     AND busy.state IN ${ACTIVE})
   LIMIT $2`,
);
const LOST = statement(
  'ai_runs.lost',
  `SELECT id FROM ai_runs WHERE lease_until <= clock_timestamp() AND state IN ${ACTIVE} ORDER BY lease_until LIMIT $1`,
);

const TURNS = statement(
  'ai_runs.turns',
  `SELECT count(*) FILTER (WHERE created_at > now() - interval '1 minute') AS "inMinute", count(*) AS "inDay"
   FROM ai_runs WHERE user_id = $1 AND created_at > now() - interval '1 day' AND requests > 0 AND id <> $2`,
);

const FORGET = statement(
  'ai_runs.forget',
  `DELETE FROM ai_runs WHERE created_at < now() - $1 * interval '1 day'
  AND state NOT IN ('queued', 'building', 'requesting', 'streaming')`,
);
const FORGET_DEBUG = statement(
  'ai_runs.forget_debug',
  `UPDATE ai_runs SET debug = NULL WHERE debug IS NOT NULL AND created_at < now() - $1 * interval '1 day'`,
);
const ERASE = statement(
  'ai_runs.erase',
  `UPDATE ai_runs SET debug = NULL WHERE debug IS NOT NULL AND chat_id = ANY($2) AND (context_ids && $1 OR trigger_id = ANY($1))`,
);

export interface RunKey {
  botId: string;
  chatId: string;
}

export interface StopOrder {
  stopReason: string;
  stoppedBy: string;
}

export type StoppedRun = Pick<
  AiRunEntity,
  'id' | 'botId' | 'chatId' | 'triggerId' | 'triggerSeq' | 'attempt' | 'userId'
>;

export interface RunFilter {
  botId?: string;
  chatId?: string;
  state?: string;
  before?: string;
  limit: number;
}

type NewRun = Pick<
  AiRunEntity,
  'id' | 'botId' | 'chatId' | 'triggerId' | 'triggerSeq' | 'attempt' | 'userId' | 'state' | 'reason'
>;

const UNIQUE_VIOLATION = '23505';

@Injectable()
export class AiRunsRepository {
  constructor(private readonly database: Database) {}

  /** @returns false when the message has its run of this attempt already */
  async insert(run: NewRun): Promise<boolean> {
    const { id, botId, chatId, triggerId, triggerSeq, attempt, userId, state, reason } = run;
    const values = [id, botId, chatId, triggerId, triggerSeq, attempt, userId, state, reason];
    return (await this.database.query(INSERT, values)).length > 0;
  }

  /** Asks the runs for messages before `beforeSeq` to stop. Those that wait are cancelled at once. */
  stop({ botId, chatId }: RunKey, stopReason: string, stoppedBy: string, beforeSeq: number): Promise<{ id: string }[]> {
    return this.database.query(STOP, [botId, chatId, stopReason, stoppedBy, beforeSeq]);
  }

  /** All runs of a chat, of one bot or of all. */
  stopInChat(chatId: string, botId: string | null, stopReason: string, stoppedBy: string): Promise<{ id: string }[]> {
    return this.database.query(STOP_IN_CHAT, [botId, chatId, stopReason, stoppedBy, Number.MAX_SAFE_INTEGER]);
  }

  stopByTriggers(triggerIds: readonly string[], stopReason: string): Promise<{ id: string }[]> {
    return this.database.query(STOP_BY_TRIGGERS, [triggerIds, stopReason]);
  }

  /** Only runs that are under way, and have been asked for in the last 30 s. */
  stopYoungByTriggers(triggerIds: readonly string[], stopReason: string): Promise<StoppedRun[]> {
    return this.database.query<StoppedRun>(STOP_YOUNG, [triggerIds, stopReason]);
  }

  async countQueued({ botId, chatId }: RunKey): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(COUNT_QUEUED, [botId, chatId]);
    return row.count;
  }

  /** Takes the oldest run that waits in a chat. @returns undefined when none does, or another of the chat is under way */
  async claim({ botId, chatId }: RunKey, token: string, leaseMs: number): Promise<AiRunEntity | undefined> {
    try {
      const [row] = await this.database.query<{ id: string }>(CLAIM, [botId, chatId, token, leaseMs]);
      return row && ((await this.find(row.id)) ?? undefined);
    } catch (error) {
      if ((error as { code?: string }).code === UNIQUE_VIOLATION) return undefined; // another worker was faster
      throw error;
    }
  }

  /** Takes over the run of a worker that is gone. */
  async reclaim(id: string, token: string, leaseMs: number): Promise<AiRunEntity | undefined> {
    const [row] = await this.database.query<{ id: string }>(RECLAIM, [id, token, leaseMs]);
    return row && ((await this.find(row.id)) ?? undefined);
  }

  /** @returns whether somebody wants it to stop; undefined when another worker has it, or it is gone */
  async renew(id: string, token: string, leaseMs: number): Promise<StopOrder | undefined> {
    const [row] = await this.database.query<StopOrder>(RENEW, [id, token, leaseMs]);
    return row;
  }

  /** Locks the run until the transaction ends. @returns whether it is still the worker's own */
  async hold(id: string, token: string): Promise<boolean> {
    return (await this.database.query(HOLD, [id, token])).length > 0;
  }

  async requeue(id: string, token: string, delayMs: number): Promise<boolean> {
    return (await this.database.query(REQUEUE, [id, token, delayMs])).length > 0;
  }

  /** Notes something of a run that is the worker's own. */
  async advance(id: string, token: string, changes: Partial<AiRunEntity>): Promise<void> {
    await this.database.manager.update(AiRunEntity, { id, leaseToken: token, finishedAt: IsNull() }, changes as object);
  }

  async update(id: string, changes: Partial<AiRunEntity>): Promise<void> {
    await this.database.manager.update(AiRunEntity, { id }, changes as object); // its type cannot tell JSON from relations
  }

  find(id: string): Promise<AiRunEntity | null> {
    return this.database.manager.findOneBy(AiRunEntity, { id });
  }

  /** The last attempts come first. */
  ofTrigger(botId: string, triggerId: string): Promise<AiRunEntity[]> {
    return this.database.manager.find(AiRunEntity, { where: { botId, triggerId }, order: { attempt: 'DESC' } });
  }

  /** The run for the newest message that a bot has heard in a chat. */
  latest(chatId: string): Promise<AiRunEntity | null> {
    return this.database.manager.findOne(AiRunEntity, {
      where: { chatId },
      order: { triggerSeq: 'DESC', attempt: 'DESC' },
    });
  }

  list({ botId, chatId, state, before, limit }: RunFilter): Promise<AiRunEntity[]> {
    const query = this.database.manager.createQueryBuilder(AiRunEntity, 'run').orderBy('run.id', 'DESC').limit(limit);
    if (botId) query.andWhere('run.bot_id = :botId', { botId });
    if (chatId) query.andWhere('run.chat_id = :chatId', { chatId });
    if (state) query.andWhere('run.state = :state', { state });
    if (before) query.andWhere('run.id < :before', { before });
    return query.getMany();
  }

  /** Chats in which a run has been waiting for longer than a bell takes. */
  due(waitedMs: number, limit: number): Promise<RunKey[]> {
    return this.database.query<RunKey>(DUE, [waitedMs, limit]);
  }

  /** Runs whose workers are gone. */
  async lost(limit: number): Promise<string[]> {
    return (await this.database.query<{ id: string }>(LOST, [limit])).map(({ id }) => id);
  }

  /** How often a person has made models speak of late, without this run. */
  async turns(userId: string, exceptId: string): Promise<{ inMinute: number; inDay: number }> {
    const [row] = await this.database.query<{ inMinute: number; inDay: number }>(TURNS, [userId, exceptId]);
    return row;
  }

  async forget(runDays: number, debugDays: number): Promise<void> {
    await this.database.query(FORGET, [runDays]);
    await this.database.query(FORGET_DEBUG, [debugDays]);
  }

  /** What is deleted for all is gone: also from what was sent to models. */
  async erase(messageIds: readonly string[], chatIds: readonly string[]): Promise<void> {
    await this.database.query(ERASE, [messageIds, chatIds]);
  }
}
