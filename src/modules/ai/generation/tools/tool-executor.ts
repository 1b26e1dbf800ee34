import { Injectable } from '@nestjs/common';
import { newId } from '../../../../core/crypto/ids.js';
import { settleAll } from '../../../../core/database/database.js';
import type { AiTool } from '../../../bots/index.js';
import { AiMetrics } from '../../ai-metrics.js';
import type { CompletionRun, RunContext } from '../completion.js';
import type { CompletionSession } from '../completion-session.js';
import type { ToolCall, ToolSpec } from '../../providers/model.types.js';
import { parseArguments } from '../../providers/tool-calls.js';
import { AiToolCallEntity, type ToolOutcome } from './tool-call.entity.js';
import { type ToolResult, ToolCallsRepository } from './tool-calls.repository.js';
import { ToolSchemaValidator } from '../../settings/tool-schema-validator.js';
import { ToolCaller } from './tool-caller.js';

/** Limits of one run. */
const MAX_ROUNDS = 5;
const MAX_CALLS = 16;

/**
 * Executes the tool calls of a model. Each call is recorded before it is executed, and its result right after. So a worker that takes
 * over the run repeats no finished call, and repeats an unfinished one with the same id.
 */
@Injectable()
export class ToolExecutor {
  constructor(
    private readonly repository: ToolCallsRepository,
    private readonly caller: ToolCaller,
    private readonly schemas: ToolSchemaValidator,
    private readonly metrics: AiMetrics,
  ) {}

  /** @returns the tools that the model may call; none once a limit of the run is reached */
  offeredTools({ ai: { tools = [] } }: RunContext, calls: readonly AiToolCallEntity[]): ToolSpec[] {
    if (calls.length >= MAX_CALLS || roundsOf(calls) >= MAX_ROUNDS) return [];
    return tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
  }

  /** Loads the calls of earlier workers and executes the unfinished ones. */
  async resume(session: CompletionSession, context: RunContext): Promise<AiToolCallEntity[]> {
    if (session.run.tries === 1) return [];
    const calls = await this.repository.listByRun(session.run.id);
    await this.execute(session, context, calls);
    return calls;
  }

  /** @returns the calls of one completion. @param earlier calls of the run */
  toToolCalls(
    { id: runId }: CompletionRun,
    { requestText, toolCalls }: { requestText: string; toolCalls: readonly ToolCall[] },
    earlier: readonly AiToolCallEntity[],
  ): AiToolCallEntity[] {
    // Calls beyond the limit of a whole run are dropped without a result.
    return toolCalls.slice(0, MAX_CALLS).map((call, i) =>
      Object.assign(new AiToolCallEntity(), {
        id: `call_${newId()}`,
        runId,
        round: roundsOf(earlier) + 1,
        position: i + 1,
        callId: call.id,
        tool: call.name,
        arguments: call.arguments,
        precedingText: i === 0 ? requestText : '',
        outcome: null,
        httpStatus: null,
        result: null,
        sizeBytes: 0,
        durationMs: null,
        createdAt: new Date(),
      }),
    );
  }

  /**
   * Executes the unfinished calls in parallel. Aborts them when the session stops.
   *
   * @param calls all calls of the run
   */
  async execute(session: CompletionSession, context: RunContext, calls: readonly AiToolCallEntity[]): Promise<void> {
    if (session.isStopped) return;
    const open = [...calls.entries()].filter(([, { outcome }]) => outcome === null);
    await settleAll(open.map(([i, call]) => this.executeOne(session, context, call, i >= MAX_CALLS)));
  }

  private async executeOne(
    session: CompletionSession,
    context: RunContext,
    call: AiToolCallEntity,
    isTooMany: boolean,
  ): Promise<void> {
    const result = isTooMany ? rejected('too_many', LIMIT_REACHED) : await this.callTool(session, context, call);
    // The call stays open for the next worker.
    if (result.outcome === 'aborted' && session.isHandedOver) return;
    if (!(await this.repository.finish(call, session.token, result))) return session.stopLost();
    Object.assign(call, result);
    this.metrics.observeToolCall(result.outcome);
  }

  private async callTool(
    { run, signal }: CompletionSession,
    { ai }: RunContext,
    call: AiToolCallEntity,
  ): Promise<ToolResult> {
    const tool = ai.tools?.find(({ name }) => name === call.tool);
    if (!tool) return rejected('unknown_tool', `There is no tool ${call.tool}.`);
    const args = parseArguments(call);
    if (!args) return rejected('bad_arguments', 'The arguments are not a JSON object.');
    const error = await this.findError(tool, args);
    if (error) return rejected('bad_arguments', `Invalid arguments: ${error}.`);
    const { id, createdAt } = call;
    const body = Buffer.from(
      JSON.stringify({
        type: 'ai.tool_call',
        id,
        tool: tool.name,
        arguments: args,
        botId: run.botId,
        chatId: run.chatId,
        runId: run.id,
        createdAt: createdAt.getTime(),
      }),
    );
    return this.caller.call(tool, id, body, signal);
  }

  /** A stored schema that can no longer be compiled accepts everything. */
  private findError({ parameters }: AiTool, args: object): Promise<string | undefined> {
    return this.schemas.findArgumentError(parameters, args).catch(() => undefined);
  }
}

const LIMIT_REACHED = 'No more tools can be called for this reply.';

const rejected = (outcome: ToolOutcome, result: string): ToolResult => ({
  outcome,
  httpStatus: null,
  result,
  sizeBytes: 0,
  durationMs: 0,
});

const roundsOf = (calls: readonly AiToolCallEntity[]): number => calls.at(-1)?.round ?? 0;
