import type { Completion, RunContext } from '../generation/completion.js';
import type { CompletionSession } from '../generation/completion-session.js';
import type { Prompt } from '../generation/context/prompt-builder.js';
import type { AiToolCallEntity } from '../generation/tools/tool-call.entity.js';
import type { RequestTrace } from '../providers/model-gateway.js';
import type { ModelRequest } from '../providers/model.types.js';
import type { MessageEntity } from '../../messages/index.js';
import type { AiRunEntity } from './ai-run.entity.js';
import type { EarlierRepliesLoader } from './earlier-replies-loader.js';
import type { Outcome } from './outcome.js';
import type { RunLease } from './run-lease.js';
import type { RunRecorder } from './run-recorder.js';
import type { RunReporter } from './run-reporter.js';
import type { TypingIndicator } from './typing-indicator.js';
import type { TurnLimiter } from './usage/turn-limiter.js';

/** The services of a session. */
export interface SessionServices {
  limiter: TurnLimiter;
  recorder: RunRecorder;
  reporter: RunReporter;
  earlierReplies: EarlierRepliesLoader;
}

/** A leased run for which a completion is generated. */
export class RunSession implements CompletionSession {
  /** Fields to record in the run: the usage of all requests so far. */
  runFields: Outcome['runFields'] = {};
  /** Set if no tokens are left for a request. */
  refusal: Outcome | undefined;
  private readonly startedAt = performance.now();

  constructor(
    private readonly services: SessionServices,
    private readonly lease: RunLease,
    private readonly context: RunContext,
    private readonly typing: TypingIndicator,
  ) {}

  get run(): AiRunEntity {
    return this.lease.run;
  }

  get token(): string {
    return this.lease.token;
  }

  get signal(): AbortSignal {
    return this.lease.signal;
  }

  get isStopped(): boolean {
    return this.lease.stopCause !== undefined;
  }

  get isHandedOver(): boolean {
    const kind = this.lease.stopCause?.kind;
    return kind === 'shutdown' || kind === 'lost';
  }

  stopLost(): void {
    this.lease.stop({ kind: 'lost' });
  }

  onOutput(): void {
    this.lease.hasOutput = true;
    this.typing.stop();
    void this.services.reporter.advance(this.lease, { state: 'streaming' }).catch(() => undefined); // informative only
  }

  async findContinuedReply(): Promise<MessageEntity | undefined> {
    if (!this.run.isContinued) return undefined;
    return (await this.services.earlierReplies.load(this.run)).reply;
  }

  async reserve(
    request: ModelRequest,
    promptTokens: number,
    limitDoublings: number,
  ): Promise<ModelRequest | undefined> {
    const { limiter, reporter } = this.services;
    const reserved = await limiter.reserve(this.run, this.context, request, promptTokens, limitDoublings);
    if ('state' in reserved) {
      this.refusal = reserved;
      return undefined;
    }
    await reporter.advance(this.lease, { state: 'requesting', model: reserved.target.model });
    return reserved;
  }

  async recordRequest(prompt: Prompt, trace: RequestTrace, completion: Completion): Promise<void> {
    const { reporter } = this.services;
    this.runFields = await reporter.measure(this.run, this.context, prompt, trace, completion, this.startedAt);
    if (!this.isStopped) await reporter.alert(this.run, trace, completion.failure);
  }

  async save(calls: readonly AiToolCallEntity[]): Promise<void> {
    await this.services.recorder.saveProgress(this.lease, this.runFields, calls);
    if (calls.length > 0) this.typing.start();
  }
}
