import { Injectable } from '@nestjs/common';
import { newId } from '../../../../core/crypto/ids.js';
import { together } from '../../../../core/database/database.js';
import type { AiTool } from '../../../bots/index.js';
import type { AiRunEntity } from '../../ai-run.entity.js';
import { AiMetrics } from '../../ai-metrics.js';
import type { ToolCall, ToolSpec } from '../../model/model.types.js';
import { readArguments } from '../../model/tool-calls.js';
import { AiToolCallEntity, type ToolOutcome } from '../../tools/tool-call.entity.js';
import { type ToolAnswer, ToolCallsRepository } from '../../tools/tool-calls.repository.js';
import { ToolSchemas } from '../../tools/tool-schemas.js';
import type { RunLease } from '../run-lease.js';
import type { Scene } from '../scene.js';
import { ToolCaller } from './tool-caller.js';

/** Limits of one run. */
const MAX_ROUNDS = 5;
const MAX_CALLS = 16;

/**
 * Executes the tool calls of a model. Each call is recorded before it is executed, and its result right after. So a worker that takes
 * over the run repeats no finished call, and repeats an unfinished one with the same id.
 */
@Injectable()
export class ToolDesk {
  constructor(
    private readonly repository: ToolCallsRepository,
    private readonly caller: ToolCaller,
    private readonly schemas: ToolSchemas,
    private readonly metrics: AiMetrics,
  ) {}

  /** @returns the tools that the model may call; none once a limit of the run is reached */
  offered({ ai: { tools = [] } }: Scene, calls: readonly AiToolCallEntity[]): ToolSpec[] {
    if (calls.length >= MAX_CALLS || roundsOf(calls) >= MAX_ROUNDS) return [];
    return tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
  }

  /** Loads the calls of earlier workers and executes the unfinished ones. */
  async resume(lease: RunLease, context: Scene): Promise<AiToolCallEntity[]> {
    if (lease.run.tries === 1) return [];
    const calls = await this.repository.ofRun(lease.run.id);
    await this.serve(lease, context, calls);
    return calls;
  }

  /** @returns the calls of one completion. @param earlier calls of the run */
  toRound(
    run: AiRunEntity,
    { said, toolCalls }: { said: string; toolCalls: readonly ToolCall[] },
    earlier: readonly AiToolCallEntity[],
  ): AiToolCallEntity[] {
    // Calls beyond the limit of a whole run are dropped without a result.
    return toolCalls.slice(0, MAX_CALLS).map((call, i) =>
      Object.assign(new AiToolCallEntity(), {
        id: `call_${newId()}`,
        runId: run.id,
        round: roundsOf(earlier) + 1,
        position: i + 1,
        callId: call.id,
        tool: call.name,
        arguments: call.arguments,
        said: i === 0 ? said : '',
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
   * Executes the unfinished calls in parallel. Aborts them when the lease ends.
   *
   * @param calls all calls of the run
   */
  async serve(lease: RunLease, context: Scene, calls: readonly AiToolCallEntity[]): Promise<void> {
    if (lease.stopped) return;
    const open = [...calls.entries()].filter(([, { outcome }]) => outcome === null);
    await together(open.map(([i, call]) => this.executeOne(lease, context, call, i >= MAX_CALLS)));
  }

  private async executeOne(lease: RunLease, context: Scene, call: AiToolCallEntity, isTooMany: boolean): Promise<void> {
    const result = isTooMany ? rejected('too_many', LIMIT_REACHED) : await this.callTool(lease, context, call);
    // The call stays open for the next worker.
    if (result.outcome === 'aborted' && (lease.stopped?.kind === 'shutdown' || lease.stopped?.kind === 'lost')) return;
    if (!(await this.repository.finish(call, lease.token, result))) return lease.stop({ kind: 'lost' });
    Object.assign(call, result);
    this.metrics.observeToolCall(result.outcome);
  }

  private async callTool({ run, signal }: RunLease, { ai }: Scene, call: AiToolCallEntity): Promise<ToolAnswer> {
    const tool = ai.tools?.find(({ name }) => name === call.tool);
    if (!tool) return rejected('unknown_tool', `There is no tool ${call.tool}.`);
    const args = readArguments(call);
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
    return this.schemas.misfitOf(parameters, args).catch(() => undefined);
  }
}

const LIMIT_REACHED = 'No more tools can be called for this reply.';

const rejected = (outcome: ToolOutcome, result: string): ToolAnswer => ({
  outcome,
  httpStatus: null,
  result,
  sizeBytes: 0,
  durationMs: 0,
});

const roundsOf = (calls: readonly AiToolCallEntity[]): number => calls.at(-1)?.round ?? 0;
