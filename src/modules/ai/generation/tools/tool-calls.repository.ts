import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../../core/database/database.js';
import { AiToolCallEntity, type ToolOutcome } from './tool-call.entity.js';

// The result is not stored if the run was requested to stop: its messages may have been erased. The run is locked, so that either
// this statement sees the stop request, or the erasure sees the result.
const FINISH = statement(
  'ai_tool_calls.finish',
  `WITH run AS MATERIALIZED (
     SELECT id, stop_reason FROM ai_runs WHERE id = $2 AND lease_token = $3 FOR SHARE)
   UPDATE ai_tool_calls call SET
     outcome = $4, http_status = $5, size_bytes = $7, duration_ms = $8, result = CASE WHEN run.stop_reason = '' THEN $6 END
   FROM run WHERE call.id = $1 AND call.run_id = run.id
   RETURNING call.id`,
);
// A reply that was continued has the calls of all attempts since its last regeneration.
const LIST_BY_REPLIES = statement(
  'ai_tool_calls.list_by_replies',
  `SELECT last.id AS "lastRunId", call.run_id AS "runId", call.round, call.call_id AS "callId", call.tool, call.arguments,
          call.preceding_text AS "precedingText", call.result
   FROM ai_runs last
   JOIN ai_runs part ON part.bot_id = last.bot_id AND part.trigger_id = last.trigger_id AND part.attempt <= last.attempt
                        AND (part.id = last.id OR part.message_id = last.message_id)
   JOIN ai_tool_calls call ON call.run_id = part.id
   WHERE last.id = ANY($1) AND NOT EXISTS (
     SELECT FROM ai_runs anew
     WHERE anew.bot_id = last.bot_id AND anew.trigger_id = last.trigger_id AND anew.attempt > part.attempt
       AND anew.attempt <= last.attempt AND anew.message_id = last.message_id AND NOT anew.is_continued)
   ORDER BY last.id, part.attempt, call.round, call.position`,
);
// Arguments and results are shown only if the prompt of the run is stored.
const LIST_VIEWS = statement(
  'ai_tool_calls.list_views',
  `SELECT call.id, call.run_id AS "runId", call.round, call.position, call.tool, call.outcome, call.http_status AS "httpStatus",
          call.size_bytes AS "sizeBytes", call.duration_ms AS "durationMs", call.created_at AS "createdAt",
          CASE WHEN run.debug IS NOT NULL THEN call.arguments END AS arguments,
          CASE WHEN run.debug IS NOT NULL THEN call.result END AS result
   FROM ai_tool_calls call JOIN ai_runs run ON run.id = call.run_id
   WHERE call.run_id = ANY($1) ORDER BY call.run_id, call.round, call.position`,
);
const ERASE = statement(
  'ai_tool_calls.erase',
  `UPDATE ai_tool_calls call SET arguments = '', preceding_text = '', result = NULL
   FROM ai_runs run
   WHERE run.id = call.run_id AND run.chat_id = ANY($2)
     AND (run.context_ids && $1 OR run.trigger_id = ANY($1) OR run.message_id = ANY($1))`,
);

/** The result of a call. */
export interface ToolResult {
  outcome: ToolOutcome;
  httpStatus: number | null;
  /** Result for the model. */
  result: string;
  sizeBytes: number;
  durationMs: number;
}

/** A call as part of a prompt. */
export type PromptToolCall = Pick<
  AiToolCallEntity,
  'runId' | 'round' | 'callId' | 'tool' | 'arguments' | 'precedingText' | 'result'
>;

/** A call as shown to operators. */
export type ToolCallView = Pick<
  AiToolCallEntity,
  | 'id'
  | 'runId'
  | 'round'
  | 'position'
  | 'tool'
  | 'outcome'
  | 'httpStatus'
  | 'sizeBytes'
  | 'durationMs'
  | 'createdAt'
  | 'result'
> & { arguments: string | null };

@Injectable()
export class ToolCallsRepository {
  constructor(private readonly database: Database) {}

  async insert(calls: readonly AiToolCallEntity[]): Promise<void> {
    await this.database.manager.insert(AiToolCallEntity, [...calls]);
  }

  /** @param token lease token of the run. @returns false if another worker owns the run */
  async finish({ id, runId }: AiToolCallEntity, token: string, toolResult: ToolResult): Promise<boolean> {
    const { outcome, httpStatus, result, sizeBytes, durationMs } = toolResult;
    const values = [id, runId, token, outcome, httpStatus, result, sizeBytes, durationMs];
    return (await this.database.query(FINISH, values)).length > 0;
  }

  /** In call order. */
  listByRun(runId: string): Promise<AiToolCallEntity[]> {
    return this.database.manager.find(AiToolCallEntity, { where: { runId }, order: { round: 'ASC', position: 'ASC' } });
  }

  /**
   * In call order.
   *
   * @param runIds runs of the latest attempts
   * @returns each call with the latest run of its reply
   */
  listByReplies(runIds: readonly string[]): Promise<(PromptToolCall & { lastRunId: string })[]> {
    return this.database.query(LIST_BY_REPLIES, [runIds]);
  }

  /** Arguments and results are null unless the prompt is stored. */
  listViews(runIds: readonly string[]): Promise<ToolCallView[]> {
    return this.database.query<ToolCallView>(LIST_VIEWS, [runIds]);
  }

  /** Erases arguments and results that relate to deleted messages. */
  async erase(messageIds: readonly string[], chatIds: readonly string[]): Promise<void> {
    await this.database.query(ERASE, [messageIds, chatIds]);
  }
}
