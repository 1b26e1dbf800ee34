import { Injectable } from '@nestjs/common';
import { newTrace } from '../providers/model-gateway.js';
import { toRounds } from './tools/tool-rounds.js';
import { resumableInterruption } from '../runs/decision.js';
import { halfOf, ModelRequestFactory } from './model-request-factory.js';
import type { Outcome } from '../runs/outcome.js';
import type { RunLease } from '../runs/run-lease.js';
import { RunProgress } from '../runs/run-progress.js';
import { RunReporter } from '../runs/run-reporter.js';
import type { RunContext } from './run-context.js';
import { type CompletionStream, CompletionStreamFactory } from './completion-stream.js';
import type { Completion } from './completion.js';
import { ToolExecutor } from './tools/tool-executor.js';
import { TurnLimiter } from '../runs/usage/turn-limiter.js';
import type { TypingIndicator } from '../runs/typing-indicator.js';

/** How often the context is halved when the model rejects it as too long. */
const MAX_CUTS = 2;

/** The final completion, and the fields to record in the run. */
export interface CompletionResult {
  completion: Completion;
  runFields: Outcome['runFields'];
}

/**
 * Requests completions from a model until there is a reply.
 *
 *   context ─► reserve tokens ─► request ──(context too long)──► halve the context ─────────────────────┐
 *      ▲                             │ ──(reasoning used all tokens)──► double the output limit ────────┤
 *      │                             │ ──(tool calls)──► record them ──► execute them in parallel ──────┤
 *      │                             ▼                                                                  │
 *      │                          the end                                                               │
 *      └────────────────────────────────────────────────────────────────────────────────────────────────┘
 */
@Injectable()
export class CompletionLoop {
  constructor(
    private readonly limiter: TurnLimiter,
    private readonly streams: CompletionStreamFactory,
    private readonly tools: ToolExecutor,
    private readonly progress: RunProgress,
    private readonly requests: ModelRequestFactory,
    private readonly reporter: RunReporter,
  ) {}

  /** Ends early when the lease ends. @returns an outcome if no request was made */
  async run(lease: RunLease, runContext: RunContext, typing: TypingIndicator): Promise<CompletionResult | Outcome> {
    const stream = this.streams.create(lease, runContext, () => {
      typing.stop();
      void this.reporter.advance(lease, { state: 'streaming' }).catch(() => undefined); // informative only
    });
    try {
      return await this.loop(lease, runContext, typing, stream);
    } finally {
      await stream.close();
    }
  }

  private async loop(
    lease: RunLease,
    runContext: RunContext,
    typing: TypingIndicator,
    stream: CompletionStream,
  ): Promise<CompletionResult | Outcome> {
    const { run } = lease;
    const { completion } = stream;
    const startedAt = performance.now();
    const calls = await this.tools.resume(lease, runContext);
    await stream.replay(calls.map(({ precedingText }) => precedingText));
    let runFields: Outcome['runFields'] = {};
    let limits = this.requests.limitsOf(runContext);
    let limitDoublings = 0;
    let cuts = 0;
    while (!lease.stopCause && !completion.blockReason) {
      const offered = this.tools.offeredTools(runContext, calls);
      const tools = { rounds: toRounds(calls), offered };
      const { context, modelRequest } = await this.requests.create(run, runContext, limits, tools);
      const request = await this.limiter.reserve(run, runContext, modelRequest, context.tokens, limitDoublings);
      // Text that viewers have seen is kept.
      if ('state' in request) {
        return completion.firstTokenAt === undefined
          ? request
          : resumableInterruption(request.reason, completion.text, runFields);
      }
      await this.reporter.advance(lease, { state: 'requesting', model: request.target.model });
      const trace = { ...newTrace(), requests: run.requests };
      await stream.request(request, trace, limitDoublings);
      runFields = await this.reporter.measure(run, runContext, context, trace, completion, startedAt);
      if (!lease.stopCause) await this.reporter.alert(run, trace, completion.failure);
      const isTooLong = completion.failure?.kind === 'context_length' && cuts < MAX_CUTS;
      const isOutputLimitReached = completion.finishReason === 'length' && limitDoublings === 0;
      const isEmpty = !completion.requestText.trim() && !completion.blockReason && (isTooLong || isOutputLimitReached);
      if (lease.stopCause || !(isEmpty || completion.toolCalls.length > 0)) break;
      const round = this.tools.toToolCalls(run, completion, calls);
      await this.progress.save(lease, runFields, round);
      calls.push(...round);
      if (round.length > 0) {
        typing.start();
        await this.tools.execute(lease, runContext, calls);
      } else if (isTooLong) {
        cuts++;
        limits = halfOf(context);
      } else limitDoublings = 1;
    }
    return { completion, runFields };
  }
}
