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

/** For one answer. */
const MAX_ROUNDS = 5;
const MAX_CALLS = 16;

/**
 * Has done what a model asks of tools. What it asks is written down before it is done, and what comes of it right after: so another
 * worker that goes on with the answer asks for nothing twice that is done, and under the same name for what may be.
 */
@Injectable()
export class ToolDesk {
  constructor(
    private readonly calls: ToolCallsRepository,
    private readonly caller: ToolCaller,
    private readonly schemas: ToolSchemas,
    private readonly metrics: AiMetrics,
  ) {}

  /** What the model may ask for: nothing any more once it has asked for as much as one answer may. */
  offered({ ai: { tools = [] } }: Scene, asked: readonly AiToolCallEntity[]): ToolSpec[] {
    if (asked.length >= MAX_CALLS || roundsOf(asked) >= MAX_ROUNDS) return [];
    return tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
  }

  /** What was asked for this answer before its worker was gone. What that one has left undone is done now. */
  async resume(lease: RunLease, scene: Scene): Promise<AiToolCallEntity[]> {
    if (lease.run.tries === 1) return [];
    const asked = await this.calls.ofRun(lease.run.id);
    await this.serve(lease, scene, asked);
    return asked;
  }

  /** What a model asks at once. @param asked before it did */
  toRound(
    run: AiRunEntity,
    { said, toolCalls }: { said: string; toolCalls: readonly ToolCall[] },
    asked: readonly AiToolCallEntity[],
  ): AiToolCallEntity[] {
    // Of what goes beyond all that one answer may ask for, the model is not even told that it is too much.
    return toolCalls.slice(0, MAX_CALLS).map((call, i) =>
      Object.assign(new AiToolCallEntity(), {
        id: `call_${newId()}`,
        runId: run.id,
        round: roundsOf(asked) + 1,
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
   * Does what of it is not done, side by side. Ends early when the lease does: then what is under way is broken off.
   *
   * @param asked all that the model has asked for this answer
   */
  async serve(lease: RunLease, scene: Scene, asked: readonly AiToolCallEntity[]): Promise<void> {
    if (lease.stopped) return;
    const open = [...asked.entries()].filter(([, { outcome }]) => outcome === null);
    await together(open.map(([i, call]) => this.serveOne(lease, scene, call, i >= MAX_CALLS)));
  }

  private async serveOne(lease: RunLease, scene: Scene, call: AiToolCallEntity, isTooMany: boolean): Promise<void> {
    const answer = isTooMany ? notAsked('too_many', NO_MORE) : await this.answerTo(lease, scene, call);
    // Another worker is to do it: then it stays open.
    if (answer.outcome === 'aborted' && (lease.stopped?.kind === 'shutdown' || lease.stopped?.kind === 'lost')) return;
    if (!(await this.calls.finish(call, lease.token, answer))) return lease.stop({ kind: 'lost' });
    Object.assign(call, answer);
    this.metrics.observeToolCall(answer.outcome);
  }

  private async answerTo({ run, signal }: RunLease, { ai }: Scene, call: AiToolCallEntity): Promise<ToolAnswer> {
    const tool = ai.tools?.find(({ name }) => name === call.tool);
    if (!tool) return notAsked('unknown_tool', `There is no tool ${call.tool}.`);
    const question = readArguments(call);
    if (!question) return notAsked('bad_arguments', 'The arguments are no JSON object.');
    const misfit = await this.misfitOf(tool, question);
    if (misfit) return notAsked('bad_arguments', `The arguments do not fit: ${misfit}.`);
    const { id, createdAt } = call;
    const body = Buffer.from(
      JSON.stringify({
        type: 'ai.tool_call',
        id,
        tool: tool.name,
        arguments: question,
        botId: run.botId,
        chatId: run.chatId,
        runId: run.id,
        createdAt: createdAt.getTime(),
      }),
    );
    return this.caller.call(tool, id, body, signal);
  }

  /** Schemas were compiled when they were set; one that cannot be any more checks nothing. */
  private misfitOf({ parameters }: AiTool, question: object): Promise<string | undefined> {
    return this.schemas.misfitOf(parameters, question).catch(() => undefined);
  }
}

const NO_MORE = 'No more tools can be asked for this answer.';

const notAsked = (outcome: ToolOutcome, result: string): ToolAnswer => ({
  outcome,
  httpStatus: null,
  result,
  sizeBytes: 0,
  durationMs: 0,
});

const roundsOf = (asked: readonly AiToolCallEntity[]): number => asked.at(-1)?.round ?? 0;
