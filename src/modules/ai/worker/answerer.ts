import { Injectable } from '@nestjs/common';
import { PromptMaker } from '../context/prompt-maker.js';
import { newTrace } from '../model/model-gateway.js';
import { NOTICES } from '../notices/notices.js';
import { findBanned } from '../safeguard.js';
import { AnswerDesk, halfOf } from './answer-desk.js';
import { decide } from './decision.js';
import { blocked, cancelled, type Outcome } from './outcome.js';
import type { RunLease } from './run-lease.js';
import { type Scene, SceneReader } from './scene.js';
import { type Speech, SpeechMaker } from './speech.js';
import { TurnGate } from './turn-gate.js';
import type { TypingSign } from './typing-sign.js';

/** How often a conversation that is too long is cut in half. */
const MAX_CUTS = 2;
/** Nothing is asked with it. */
const ONLY_RESET = /^\/reset\s*$/i;

/** The last request of a run, and what came of it. */
interface Talk {
  speech: Speech;
  facts: Outcome['facts'];
}

/** Makes the answer of one run: who may ask, what the model is told, what it says, and what is made of that. */
@Injectable()
export class Answerer {
  constructor(
    private readonly scenes: SceneReader,
    private readonly gate: TurnGate,
    private readonly prompts: PromptMaker,
    private readonly speeches: SpeechMaker,
    private readonly desk: AnswerDesk,
  ) {}

  async answer(lease: RunLease): Promise<Outcome | 'again' | 'lost'> {
    const { run } = lease;
    const scene = await this.scenes.read(run);
    if (scene === 'human_in_control') return { state: 'blocked', reason: scene, facts: {} };
    if (typeof scene === 'string') return cancelled(scene);
    if (ONLY_RESET.test(scene.trigger.body)) {
      return { state: 'completed', reason: 'reset', notice: { notice: NOTICES.reset, isAlways: true }, facts: {} };
    }
    const heard = findBanned(scene.trigger.body, scene.banned);
    if (heard) return blocked(heard, NOTICES.safeguarded, true);
    const refusal = await this.gate.checkTurns(run);
    if (refusal) return refusal;
    const typing = this.desk.showTyping(run);
    try {
      const talk = await this.talk(lease, scene, typing);
      if ('state' in talk) return talk;
      return decide(lease.stopped, talk.speech, talk.facts);
    } finally {
      typing.stop();
    }
  }

  /** Asks with less of the conversation when it is too long, and with more room when all of it went into thoughts. */
  private async talk(lease: RunLease, scene: Scene, typing: TypingSign): Promise<Talk | Outcome> {
    const { run } = lease;
    const startedAt = performance.now();
    let requests = 0;
    let limits = this.desk.limitsOf(scene);
    let extraRoom = 0;
    for (let cuts = 0; ;) {
      const context = await this.prompts.make(run, scene, limits);
      const wanted = this.desk.requestOf(run, scene, context);
      const request = await this.gate.reserve(run, scene, wanted, context.tokens, extraRoom);
      if ('state' in request) return request;
      await this.desk.advance(lease, { state: 'requesting', model: request.target.model });
      const trace = { ...newTrace(), requests };
      const onFirstWord = () => {
        typing.stop();
        void this.desk.advance(lease, { state: 'streaming' }).catch(() => undefined); // what it ends as is what counts
      };
      const speech = await this.speeches.make(lease, scene, request, trace, { extraRoom, onFirstWord });
      const facts = await this.desk.account(scene, context, trace, speech, startedAt);
      if (!lease.stopped) await this.desk.report(run, trace, speech.failure);
      ({ requests } = trace);
      const isTooLong = speech.failure?.kind === 'context_length' && cuts < MAX_CUTS;
      const hasNoRoom = speech.finishReason === 'length' && !speech.text.trim() && extraRoom === 0;
      if (lease.stopped || speech.text || !(isTooLong || hasNoRoom)) return { speech, facts };
      await this.gate.settle(run, (facts.promptTokens ?? 0) + (facts.completionTokens ?? 0));
      if (isTooLong) {
        cuts++;
        limits = halfOf(context);
      } else extraRoom = 1;
    }
  }
}
