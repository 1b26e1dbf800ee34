import { Injectable } from '@nestjs/common';
import { PromptMaker } from '../context/prompt-maker.js';
import { newTrace } from '../model/model-gateway.js';
import { toRounds } from '../tools/tool-rounds.js';
import { AnswerDesk, halfOf } from './answer-desk.js';
import { brokenOff } from './decision.js';
import type { Outcome } from './outcome.js';
import type { RunLease } from './run-lease.js';
import { RunProgress } from './run-progress.js';
import type { Scene } from './scene.js';
import { type Speaker, SpeechMaker } from './speaker.js';
import type { Speech } from './speech.js';
import { ToolDesk } from './tools/tool-desk.js';
import { TurnGate } from './turn-gate.js';
import type { TypingSign } from './typing-sign.js';

/** How often a conversation that is too long is cut in half. */
const MAX_CUTS = 2;

/** What a model has said in the end, and what is noted of it. */
export interface Talk {
  speech: Speech;
  facts: Outcome['facts'];
}

/**
 * What is said between Parley and a model until there is an answer.
 *
 *   context ─► tokens set aside ─► request ──(too long)──► half of the context ─────────────────────────┐
 *      ▲                             │ ──(all went into thoughts)──► more room ────────────────────────┤
 *      │                             │ ──(asks for tools)──► written down ──► done, side by side ───────┤
 *      │                             ▼                                                                  │
 *      │                          the end                                                               │
 *      └────────────────────────────────────────────────────────────────────────────────────────────────┘
 */
@Injectable()
export class Dialogue {
  constructor(
    private readonly prompts: PromptMaker,
    private readonly gate: TurnGate,
    private readonly speeches: SpeechMaker,
    private readonly tools: ToolDesk,
    private readonly progress: RunProgress,
    private readonly desk: AnswerDesk,
  ) {}

  /** Ends early when the lease does. @returns why nothing was asked, if so */
  async hold(lease: RunLease, scene: Scene, typing: TypingSign): Promise<Talk | Outcome> {
    const speaker = this.speeches.open(lease, scene, () => {
      typing.stop();
      void this.desk.advance(lease, { state: 'streaming' }).catch(() => undefined); // what it ends as is what counts
    });
    try {
      return await this.exchange(lease, scene, typing, speaker);
    } finally {
      await speaker.end();
    }
  }

  private async exchange(lease: RunLease, scene: Scene, typing: TypingSign, speaker: Speaker): Promise<Talk | Outcome> {
    const { run } = lease;
    const { speech } = speaker;
    const startedAt = performance.now();
    const asked = await this.tools.resume(lease, scene);
    await speaker.repeat(asked.map(({ said }) => said));
    let facts: Outcome['facts'] = {};
    let limits = this.desk.limitsOf(scene);
    let extraRoom = 0;
    let cuts = 0;
    while (!lease.stopped && !speech.banned) {
      const offered = this.tools.offered(scene, asked);
      const context = await this.prompts.make(run, scene, limits, { rounds: toRounds(asked), offered });
      const wanted = this.desk.requestOf(run, scene, context, offered);
      const request = await this.gate.reserve(run, scene, wanted, context.tokens, extraRoom);
      // What people have seen of an answer stays.
      if ('state' in request) {
        return speech.firstWordAt === undefined ? request : brokenOff(request.reason, speech.text, facts);
      }
      await this.desk.advance(lease, { state: 'requesting', model: request.target.model });
      const trace = { ...newTrace(), requests: run.requests };
      await speaker.ask(request, trace, extraRoom);
      facts = await this.desk.account(run, scene, context, trace, speech, startedAt);
      if (!lease.stopped) await this.desk.report(run, trace, speech.failure);
      const isTooLong = speech.failure?.kind === 'context_length' && cuts < MAX_CUTS;
      const hasNoRoom = speech.finishReason === 'length' && extraRoom === 0;
      const isUnsaid = !speech.said.trim() && !speech.banned && (isTooLong || hasNoRoom);
      if (lease.stopped || !(isUnsaid || speech.toolCalls.length > 0)) break;
      const round = this.tools.toRound(run, speech, asked);
      await this.progress.keep(lease, facts, round);
      asked.push(...round);
      if (round.length > 0) {
        typing.begin();
        await this.tools.serve(lease, scene, asked);
      } else if (isTooLong) {
        cuts++;
        limits = halfOf(context);
      } else extraRoom = 1;
    }
    return { speech, facts };
  }
}
