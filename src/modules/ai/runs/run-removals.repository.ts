import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import type { UserDeletion } from '../../../core/deletion/user-deletion.js';
import { OPEN } from './ai-run.entity.js';

const DELETE_OPEN = statement(
  'run_removals.delete_open',
  `DELETE FROM ai_runs USING unnest($1::text[], $2::text[]) AS gone (chat_id, bot_id)
   WHERE ai_runs.bot_id = gone.bot_id AND ai_runs.chat_id = gone.chat_id AND state IN ${OPEN}`,
);
const DELETE_BY_CHATS = statement(
  'run_removals.delete_by_chats',
  `DELETE FROM ai_runs WHERE ctid = ANY(ARRAY(
     SELECT run.ctid FROM unnest($1::text[], $2::bigint[]) AS gone (chat_id, until)
     JOIN ai_runs run ON run.chat_id = gone.chat_id AND run.trigger_seq <= gone.until LIMIT $3)) RETURNING 1`,
);
const DELETE_BY_BOTS = statement(
  'run_removals.delete_by_bots',
  `DELETE FROM ai_runs WHERE ctid = ANY(ARRAY(
     SELECT run.ctid FROM unnest($1::text[], $2::timestamptz[]) AS gone (bot_id, until)
     JOIN ai_runs run ON run.bot_id = gone.bot_id AND run.created_at <= gone.until LIMIT $3)) RETURNING 1`,
);
const DELETE_SUMMARIES_BY_BOTS = statement(
  'run_removals.delete_summaries_by_bots',
  `DELETE FROM ai_summaries WHERE ctid = ANY(ARRAY(
     SELECT summary.ctid FROM unnest($1::text[]) AS gone (bot_id)
     JOIN ai_summaries summary ON summary.bot_id = gone.bot_id
     WHERE NOT EXISTS (SELECT FROM bots WHERE bots.id = gone.bot_id) LIMIT $2)) RETURNING 1`,
);

const ERASE_USER = statement(
  'run_removals.erase_user',
  `UPDATE ai_runs SET user_id = $2, stopped_by = CASE WHEN stopped_by = $1 THEN $2 ELSE stopped_by END, debug = NULL,
                      error_detail = ''
   WHERE id = ANY(ARRAY(SELECT id FROM ai_runs WHERE user_id = $1 AND created_at <= $3 LIMIT $4)) RETURNING id`,
);
const ERASE_TOOL_CALLS = statement(
  'run_removals.erase_tool_calls',
  `UPDATE ai_tool_calls SET arguments = '', preceding_text = '', result = NULL WHERE run_id = ANY($1)`,
);

/** Deletes the runs and summaries of deleted chats and bots, and removes erased users from runs. */
@Injectable()
export class RunRemovalsRepository {
  constructor(private readonly database: Database) {}

  /** Deletes the open runs of these bots in these chats. Their workers lose the lease. */
  async deleteOpen(pairs: readonly { chatId: string; botId: string }[]): Promise<void> {
    if (pairs.length === 0) return;
    await this.database.query(DELETE_OPEN, [pairs.map(({ chatId }) => chatId), pairs.map(({ botId }) => botId)]);
  }

  /** @returns how many runs were deleted, at most `limit` */
  async deleteByChats(chatIds: readonly string[], untils: readonly number[], limit: number): Promise<number> {
    return (await this.database.query(DELETE_BY_CHATS, [chatIds, untils, limit])).length;
  }

  /** @returns how many runs were deleted, at most `limit` */
  async deleteByBots(botIds: readonly string[], untils: readonly Date[], limit: number): Promise<number> {
    return (await this.database.query(DELETE_BY_BOTS, [botIds, untils, limit])).length;
  }

  /** @returns how many summaries of deleted bots were deleted, at most `limit` */
  async deleteSummariesByBots(botIds: readonly string[], limit: number): Promise<number> {
    return (await this.database.query(DELETE_SUMMARIES_BY_BOTS, [botIds, limit])).length;
  }

  /** Removes an erased user from runs. Its texts are erased with its messages. @returns how many runs were changed, at most `limit` */
  eraseUser({ userId, replacementId, until }: UserDeletion, limit: number): Promise<number> {
    return this.database.transaction(async () => {
      const runs = await this.database.query<{ id: string }>(ERASE_USER, [userId, replacementId, until, limit]);
      if (runs.length > 0) await this.database.query(ERASE_TOOL_CALLS, [runs.map(({ id }) => id)]);
      return runs.length;
    });
  }
}
