import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Database, statement } from '../../../core/database/database.js';
import type { BotChatKey } from '../ai.queues.js';
import { ACTIVE, AiRunEntity, OPEN } from './ai-run.entity.js';

// Locks the chat row until the commit. If the chat was deleted, no run is created.
const INSERT = statement(
  'ai_runs.insert',
  `INSERT INTO ai_runs (id, bot_id, chat_id, trigger_id, trigger_seq, attempt, user_id, ordering_key, state, reason, due_at, finished_at,
                        is_continued)
   SELECT $1, $2, id, $4, $5::bigint, $6::integer, $7, $8, $9, $10, clock_timestamp() + $11 * interval '1 millisecond',
          CASE WHEN $9 <> 'queued' THEN clock_timestamp() END, $12::boolean
   FROM chats WHERE id = $3 FOR KEY SHARE
   ON CONFLICT DO NOTHING RETURNING id`,
);

/** Columns of a stopped run. */
const STOPPED = `id, bot_id AS "botId", chat_id AS "chatId", trigger_id AS "triggerId", trigger_seq AS "triggerSeq", attempt,
                 user_id AS "userId", ordering_key AS "orderingKey"`;

// One statement each: a run that a worker claims concurrently is seen as either queued or active.
const stop = (name: string, where: string) =>
  statement(
    name,
    `UPDATE ai_runs SET
       stop_reason = CASE WHEN stop_reason = '' THEN $1 ELSE stop_reason END,
       stopped_by = CASE WHEN stop_reason = '' THEN $2 ELSE stopped_by END,
       state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END,
       reason = CASE WHEN state = 'queued' THEN $1 ELSE reason END,
       finished_at = CASE WHEN state = 'queued' THEN clock_timestamp() END
     WHERE ${where} AND state IN ${OPEN}
     RETURNING ${STOPPED}`,
  );
const STOP_OLDER = stop('ai_runs.stop_older', 'bot_id = $3 AND chat_id = $4 AND trigger_seq < $5');
const STOP_IN_CHAT = stop('ai_runs.stop_in_chat', 'chat_id = $3');
const STOP_UP_TO = stop(
  'ai_runs.stop_up_to',
  'bot_id IN (SELECT user_id FROM members m WHERE m.chat_id = $3) AND chat_id = $3 AND trigger_seq <= $4',
);
const STOP_BY_MEMBER = stop('ai_runs.stop_by_member', 'bot_id = $3 AND chat_id = $4');
const STOP_BY_BOT = stop('ai_runs.stop_by_bot', 'bot_id = $3');
const STOP_BY_TRIGGERS = stop('ai_runs.stop_by_triggers', 'trigger_id = ANY($3)');
const STOP_RECENT = statement(
  'ai_runs.stop_recent',
  `UPDATE ai_runs SET stop_reason = $2
   WHERE trigger_id = ANY($1) AND state IN ${ACTIVE} AND stop_reason = '' AND created_at > now() - interval '30 seconds'
   RETURNING ${STOPPED}`,
);
// Queued runs of the same user: the newest trigger covers the older ones.
const MERGE_QUEUED = statement(
  'ai_runs.merge_queued',
  `UPDATE ai_runs SET state = 'cancelled', reason = 'merged', finished_at = clock_timestamp()
   WHERE bot_id = $1 AND chat_id = $2 AND user_id = $3 AND trigger_seq < $4 AND state = 'queued'`,
);

const COUNT_OPEN = statement(
  'ai_runs.count_open',
  `SELECT count(*) AS open, count(*) FILTER (WHERE state = 'queued') AS queued
   FROM ai_runs WHERE bot_id = $1 AND chat_id = $2 AND state IN ${OPEN}`,
);

const COUNT_TURNS = statement(
  'ai_runs.count_turns',
  `SELECT count(*) FILTER (WHERE created_at > now() - interval '1 minute') AS "inMinute", count(*) AS "inDay"
   FROM ai_runs WHERE user_id = $1 AND created_at > now() - interval '1 day' AND requests > 0 AND id <> $2`,
);

/** Rows per statement, to keep locks and statements short. */
const DELETE_BATCH = 5000;
const expired = (condition: string): string =>
  `id = ANY(ARRAY(SELECT id FROM ai_runs
                  WHERE created_at < now() - $1 * interval '1 day' AND ${condition} LIMIT ${DELETE_BATCH}))`;
const DELETE_EXPIRED = statement(
  'ai_runs.delete_expired',
  `DELETE FROM ai_runs WHERE ${expired(`state NOT IN ${OPEN}`)} RETURNING 1`,
);
const DELETE_DEBUG = statement(
  'ai_runs.delete_debug',
  `UPDATE ai_runs SET debug = NULL WHERE ${expired('debug IS NOT NULL')} RETURNING 1`,
);
const ERASE_DEBUG = statement(
  'ai_runs.erase_debug',
  `UPDATE ai_runs SET debug = NULL WHERE debug IS NOT NULL AND chat_id = ANY($2) AND (context_ids && $1 OR trigger_id = ANY($1) OR debug ? 'hasSummary')`,
);

/** Excludes runs of deleted chats and bots whose rows are not deleted yet. */
const LIVE = `EXISTS (SELECT FROM chats chat WHERE chat.id = run.chat_id AND run.trigger_seq > chat.start_seq)
  AND NOT EXISTS (SELECT FROM deletion_tasks gone WHERE gone.kind = 'user' AND gone.subject_id = run.bot_id
                    AND run.created_at <= gone.created_at)`;

export type StoppedRun = Pick<
  AiRunEntity,
  'id' | 'botId' | 'chatId' | 'triggerId' | 'triggerSeq' | 'attempt' | 'userId' | 'orderingKey'
>;

export interface RunFilter {
  botId?: string;
  chatId?: string;
  state?: string;
  before?: string;
  limit: number;
}

export interface NewRun extends Pick<
  AiRunEntity,
  'id' | 'botId' | 'chatId' | 'triggerId' | 'triggerSeq' | 'attempt' | 'userId' | 'state' | 'reason' | 'orderingKey'
> {
  /** Milliseconds until a worker may claim it. */
  delayMs: number;
  isContinued?: boolean;
}

@Injectable()
export class AiRunsRepository {
  constructor(private readonly database: Database) {}

  /** @returns false if the message already has a run of this attempt */
  async insert(run: NewRun): Promise<boolean> {
    const { id, botId, chatId, triggerId, triggerSeq, attempt, userId, orderingKey, state, reason, delayMs } = run;
    const values = [id, botId, chatId, triggerId, triggerSeq, attempt, userId, orderingKey, state, reason, delayMs];
    return (await this.database.query(INSERT, [...values, run.isContinued ?? false])).length > 0;
  }

  /** Stops the runs for messages before `seq`. Queued runs are cancelled at once; this holds for all `stop…` methods. */
  stopOlder({ botId, chatId }: BotChatKey, stopReason: string, seq: number): Promise<StoppedRun[]> {
    return this.database.query(STOP_OLDER, [stopReason, '', botId, chatId, seq]);
  }

  /** Stops the runs of all bots in a chat. */
  stopInChat(chatId: string, stopReason: string, stoppedBy: string): Promise<StoppedRun[]> {
    return this.database.query(STOP_IN_CHAT, [stopReason, stoppedBy, chatId]);
  }

  /** Stops the runs of all bots for messages up to `untilSeq`. */
  stopUpTo(chatId: string, untilSeq: number, stopReason: string): Promise<StoppedRun[]> {
    return this.database.query(STOP_UP_TO, [stopReason, '', chatId, untilSeq]);
  }

  stopByMember({ botId, chatId }: BotChatKey, stopReason: string): Promise<StoppedRun[]> {
    return this.database.query(STOP_BY_MEMBER, [stopReason, '', botId, chatId]);
  }

  /** Stops the runs of a bot in all chats. */
  stopByBot(botId: string, stopReason: string): Promise<StoppedRun[]> {
    return this.database.query(STOP_BY_BOT, [stopReason, '', botId]);
  }

  stopByTriggers(triggerIds: readonly string[], stopReason: string): Promise<StoppedRun[]> {
    return this.database.query(STOP_BY_TRIGGERS, [stopReason, '', triggerIds]);
  }

  /** Stops active runs that were created in the last 30 s. */
  stopRecentByTriggers(triggerIds: readonly string[], stopReason: string): Promise<StoppedRun[]> {
    return this.database.query<StoppedRun>(STOP_RECENT, [triggerIds, stopReason]);
  }

  /** Cancels queued runs for earlier messages of the same user. */
  async mergeQueued({ botId, chatId }: BotChatKey, userId: string, beforeSeq: number): Promise<void> {
    await this.database.query(MERGE_QUEUED, [botId, chatId, userId, beforeSeq]);
  }

  /** @returns how many runs of a chat are open, and how many of these are queued */
  async countOpen({ botId, chatId }: BotChatKey): Promise<{ open: number; queued: number }> {
    const [row] = await this.database.query<{ open: number; queued: number }>(COUNT_OPEN, [botId, chatId]);
    return row;
  }

  /** Updates a run if the caller still holds its lease. */
  async updateLeased(id: string, token: string, changes: Partial<AiRunEntity>): Promise<void> {
    await this.database.manager.update(AiRunEntity, { id, leaseToken: token, finishedAt: IsNull() }, changes as object);
  }

  async update(id: string, changes: Partial<AiRunEntity>): Promise<void> {
    await this.database.manager.update(AiRunEntity, { id }, changes as object); // the type does not distinguish JSON from relations
  }

  find(id: string): Promise<AiRunEntity | null> {
    return this.database.manager.findOneBy(AiRunEntity, { id });
  }

  /** Latest attempt first. */
  listByTrigger(botId: string, triggerId: string): Promise<AiRunEntity[]> {
    return this.database.manager.find(AiRunEntity, { where: { botId, triggerId }, order: { attempt: 'DESC' } });
  }

  /** The latest attempt for the newest trigger in a chat. */
  findLatest(chatId: string): Promise<AiRunEntity | null> {
    return this.database.manager.findOne(AiRunEntity, {
      where: { chatId },
      order: { triggerSeq: 'DESC', attempt: 'DESC' },
    });
  }

  list({ botId, chatId, state, before, limit }: RunFilter): Promise<AiRunEntity[]> {
    const query = this.database.manager
      .createQueryBuilder(AiRunEntity, 'run')
      .where(LIVE)
      .orderBy('run.id', 'DESC')
      .limit(limit);
    if (botId) query.andWhere('run.bot_id = :botId', { botId });
    if (chatId) query.andWhere('run.chat_id = :chatId', { chatId });
    if (state) query.andWhere('run.state = :state', { state });
    if (before) query.andWhere('run.id < :before', { before });
    return query.getMany();
  }

  /** How many runs of a user have called a model in the last minute and day, without this run. */
  async countTurns(userId: string, exceptId: string): Promise<{ inMinute: number; inDay: number }> {
    const [row] = await this.database.query<{ inMinute: number; inDay: number }>(COUNT_TURNS, [userId, exceptId]);
    return row;
  }

  async deleteExpired(runDays: number, debugDays: number): Promise<void> {
    for (const [remove, days] of [
      [DELETE_EXPIRED, runDays],
      [DELETE_DEBUG, debugDays],
    ] as const) {
      while ((await this.database.query(remove, [days])).length === DELETE_BATCH);
    }
  }

  /** Deletes the stored prompts that contain deleted messages. */
  async eraseDebug(messageIds: readonly string[], chatIds: readonly string[]): Promise<void> {
    await this.database.query(ERASE_DEBUG, [messageIds, chatIds]);
  }
}
