import { Injectable } from '@nestjs/common';
import { newTrace } from '../providers/model-gateway.js';
import type { Completion, RunContext } from './completion.js';
import type { CompletionSession } from './completion-session.js';
import { type CompletionStream, CompletionStreamFactory } from './completion-stream.js';
import { halfOf, ModelRequestFactory } from './model-request-factory.js';
import { ToolExecutor } from './tools/tool-executor.js';
import { toRounds } from './tools/tool-rounds.js';

/** How often the context is halved when the model rejects it as too long. */
const MAX_CUTS = 2;

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
    private readonly streams: CompletionStreamFactory,
    private readonly tools: ToolExecutor,
    private readonly requests: ModelRequestFactory,
  ) {}

  /** Ends early when the session stops or no tokens are left. @returns the completion of all requests */
  async run(session: CompletionSession, runContext: RunContext): Promise<Completion> {
    const stream = this.streams.create(session, runContext);
    try {
      await this.loop(session, runContext, stream);
    } finally {
      await stream.close();
    }
    return stream.completion;
  }

  private async loop(session: CompletionSession, runContext: RunContext, stream: CompletionStream): Promise<void> {
    const { run } = session;
    const { completion } = stream;
    const calls = await this.tools.resume(session, runContext);
    await stream.replay(calls.map(({ precedingText }) => precedingText));
    let limits = this.requests.limitsOf(runContext);
    let limitDoublings = 0;
    let cuts = 0;
    while (!session.isStopped && !completion.blockReason) {
      const offered = this.tools.offeredTools(runContext, calls);
      const parts = { rounds: toRounds(calls), offered, continuedReply: await session.findContinuedReply() };
      const { context, modelRequest } = await this.requests.create(run, runContext, limits, parts);
      const request = await session.reserve(modelRequest, context.tokens, limitDoublings);
      if (!request) return;
      const trace = { ...newTrace(), requests: run.requests };
      await stream.request(request, trace, limitDoublings);
      await session.recordRequest(context, trace, completion);
      const isTooLong = completion.failure?.kind === 'context_length' && cuts < MAX_CUTS;
      const isOutputLimitReached = completion.finishReason === 'length' && limitDoublings === 0;
      const isEmpty = !completion.requestText.trim() && !completion.blockReason && (isTooLong || isOutputLimitReached);
      if (session.isStopped || !(isEmpty || completion.toolCalls.length > 0)) return;
      const round = this.tools.toToolCalls(run, completion, calls);
      await session.save(round);
      calls.push(...round);
      if (round.length > 0) {
        await this.tools.execute(session, runContext, calls);
      } else if (isTooLong) {
        cuts++;
        limits = halfOf(context);
      } else limitDoublings = 1;
    }
  }
}
