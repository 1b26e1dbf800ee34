import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import { ACTIVE } from '../ai-runs.repository.js';
import { AiToolCallEntity, type ToolOutcome } from './tool-call.entity.js';

// What was said by tools is not kept of a run that is stopped: what it is about may just have been erased. The run is locked, so that
// an order to stop is seen, or what is written here is seen by who erases.
const FINISH = statement(
  'ai_tool_calls.finish',
  `WITH run AS MATERIALIZED (
     SELECT id, stop_reason FROM ai_runs WHERE id = $2 AND lease_token = $3 AND state IN ${ACTIVE} FOR SHARE)
   UPDATE ai_tool_calls call SET
     outcome = $4, http_status = $5, size_bytes = $7, duration_ms = $8, result = CASE WHEN run.stop_reason = '' THEN $6 END
   FROM run WHERE call.id = $1 AND call.run_id = run.id
   RETURNING call.id`,
);
// An answer may have been continued by later attempts: then it has the calls of all of them, from the one on that gave it anew.
const OF_ANSWERS = statement(
  'ai_tool_calls.of_answers',
  `SELECT last.id AS "answerId", call.run_id AS "runId", call.round, call.call_id AS "callId", call.tool, call.arguments, call.said,
          call.result
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
// Of a run without a record of what was sent, only what became of its calls.
const SHOW = statement(
  'ai_tool_calls.show',
  `SELECT call.id, call.run_id AS "runId", call.round, call.position, call.tool, call.outcome, call.http_status AS "httpStatus",
          call.size_bytes AS "sizeBytes", call.duration_ms AS "durationMs", call.created_at AS "createdAt",
          CASE WHEN run.debug IS NOT NULL THEN call.arguments END AS arguments,
          CASE WHEN run.debug IS NOT NULL THEN call.result END AS result
   FROM ai_tool_calls call JOIN ai_runs run ON run.id = call.run_id
   WHERE call.run_id = ANY($1) ORDER BY call.run_id, call.round, call.position`,
);
const ERASE = statement(
  'ai_tool_calls.erase',
  `UPDATE ai_tool_calls call SET arguments = '', said = '', result = NULL
   FROM ai_runs run
   WHERE run.id = call.run_id AND run.chat_id = ANY($2)
     AND (run.context_ids && $1 OR run.trigger_id = ANY($1) OR run.message_id = ANY($1))`,
);

/** What came of a call. */
export interface ToolAnswer {
  outcome: ToolOutcome;
  httpStatus: number | null;
  /** What the model is told. */
  result: string;
  sizeBytes: number;
  durationMs: number;
}

/** As models are told of it. */
export type ToldToolCall = Pick<
  AiToolCallEntity,
  'runId' | 'round' | 'callId' | 'tool' | 'arguments' | 'said' | 'result'
>;

/** As operators see it. */
export type ShownToolCall = Pick<
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

  /** @param token of the worker that has the run. @returns false when another one has it */
  async finish({ id, runId }: AiToolCallEntity, token: string, answer: ToolAnswer): Promise<boolean> {
    const { outcome, httpStatus, result, sizeBytes, durationMs } = answer;
    const values = [id, runId, token, outcome, httpStatus, result, sizeBytes, durationMs];
    return (await this.database.query(FINISH, values)).length > 0;
  }

  /** In the order in which they were asked for. */
  ofRun(runId: string): Promise<AiToolCallEntity[]> {
    return this.database.manager.find(AiToolCallEntity, { where: { runId }, order: { round: 'ASC', position: 'ASC' } });
  }

  /**
   * In the order in which they were asked for.
   *
   * @param runIds of the last attempts
   * @returns each with the one of these that it belongs to
   */
  ofAnswers(runIds: readonly string[]): Promise<(ToldToolCall & { answerId: string })[]> {
    return this.database.query(OF_ANSWERS, [runIds]);
  }

  /** What of them operators are shown: what was asked and said only where it is kept what was sent to the model. */
  show(runIds: readonly string[]): Promise<ShownToolCall[]> {
    return this.database.query<ShownToolCall>(SHOW, [runIds]);
  }

  /** What is deleted for all is gone: also from what tools were told, and have said. */
  async erase(messageIds: readonly string[], chatIds: readonly string[]): Promise<void> {
    await this.database.query(ERASE, [messageIds, chatIds]);
  }
}
