import { Injectable } from '@nestjs/common';
import { newTrace } from '../model/model-gateway.js';
import { toRounds } from '../tools/tool-rounds.js';
import { brokenOff } from './decision.js';
import { halfOf, ModelRequestFactory } from './model-request-factory.js';
import type { Outcome } from './outcome.js';
import type { RunLease } from './run-lease.js';
import { RunProgress } from './run-progress.js';
import { RunReporter } from './run-reporter.js';
import type { Scene } from './scene.js';
import { type Speaker, SpeechMaker } from './speaker.js';
import type { Speech } from './speech.js';
import { ToolDesk } from './tools/tool-desk.js';
import { TurnGate } from './turn-gate.js';
import type { TypingSign } from './typing-sign.js';

/** How often the context is halved when the model rejects it as too long. */
const MAX_CUTS = 2;

/** The final completion, and the fields to record in the run. */
export interface Talk {
  speech: Speech;
  facts: Outcome['facts'];
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
export class Dialogue {
  constructor(
    private readonly limiter: TurnGate,
    private readonly streams: SpeechMaker,
    private readonly tools: ToolDesk,
    private readonly progress: RunProgress,
    private readonly requests: ModelRequestFactory,
    private readonly reporter: RunReporter,
  ) {}

  /** Ends early when the lease ends. @returns an outcome if no request was made */
  async hold(lease: RunLease, runContext: Scene, typing: TypingSign): Promise<Talk | Outcome> {
    const stream = this.streams.open(lease, runContext, () => {
      typing.stop();
      void this.reporter.advance(lease, { state: 'streaming' }).catch(() => undefined); // informative only
    });
    try {
      return await this.loop(lease, runContext, typing, stream);
    } finally {
      await stream.end();
    }
  }

  private async loop(lease: RunLease, runContext: Scene, typing: TypingSign, stream: Speaker): Promise<Talk | Outcome> {
    const { run } = lease;
    const { speech: completion } = stream;
    const startedAt = performance.now();
    const calls = await this.tools.resume(lease, runContext);
    await stream.repeat(calls.map(({ said }) => said));
    let facts: Outcome['facts'] = {};
    let limits = this.requests.limitsOf(runContext);
    let extraRoom = 0;
    let cuts = 0;
    while (!lease.stopped && !completion.banned) {
      const offered = this.tools.offered(runContext, calls);
      const tools = { rounds: toRounds(calls), offered };
      const { context, wanted } = await this.requests.create(run, runContext, limits, tools);
      const request = await this.limiter.reserve(run, runContext, wanted, context.tokens, extraRoom);
      // Text that viewers have seen is kept.
      if ('state' in request) {
        return completion.firstWordAt === undefined ? request : brokenOff(request.reason, completion.text, facts);
      }
      await this.reporter.advance(lease, { state: 'requesting', model: request.target.model });
      const trace = { ...newTrace(), requests: run.requests };
      await stream.ask(request, trace, extraRoom);
      facts = await this.reporter.measure(run, runContext, context, trace, completion, startedAt);
      if (!lease.stopped) await this.reporter.alert(run, trace, completion.failure);
      const isTooLong = completion.failure?.kind === 'context_length' && cuts < MAX_CUTS;
      const hasNoRoom = completion.finishReason === 'length' && extraRoom === 0;
      const isEmpty = !completion.said.trim() && !completion.banned && (isTooLong || hasNoRoom);
      if (lease.stopped || !(isEmpty || completion.toolCalls.length > 0)) break;
      const round = this.tools.toRound(run, completion, calls);
      await this.progress.keep(lease, facts, round);
      calls.push(...round);
      if (round.length > 0) {
        typing.begin();
        await this.tools.serve(lease, runContext, calls);
      } else if (isTooLong) {
        cuts++;
        limits = halfOf(context);
      } else extraRoom = 1;
    }
    return { speech: completion, facts };
  }
}
