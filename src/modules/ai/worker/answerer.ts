import { Injectable } from '@nestjs/common';
import { NOTICES } from '../notices/notices.js';
import { findBanned } from '../safeguard.js';
import { AnswerDesk } from './answer-desk.js';
import { decide } from './decision.js';
import { Dialogue } from './dialogue.js';
import { blocked, cancelled, type Outcome } from './outcome.js';
import type { RunLease } from './run-lease.js';
import { SceneReader } from './scene.js';
import { TurnGate } from './turn-gate.js';

/** Nothing is asked with it. */
const ONLY_RESET = /^\/reset\s*$/i;

/** Makes the answer of one run: who may ask, what the model is told, what it says, and what is made of that. */
@Injectable()
export class Answerer {
  constructor(
    private readonly scenes: SceneReader,
    private readonly gate: TurnGate,
    private readonly dialogue: Dialogue,
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
      const talk = await this.dialogue.hold(lease, scene, typing);
      if ('state' in talk) return talk;
      const decision = decide(lease.stopped, talk.speech, talk.facts);
      return typeof decision === 'string' ? decision : { ...decision, isRemembered: scene.ai.contextSummary };
    } finally {
      typing.stop();
    }
  }
}
