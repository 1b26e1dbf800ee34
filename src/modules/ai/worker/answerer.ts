import { Injectable } from '@nestjs/common';
import { NOTICES } from '../notices/notices.js';
import { findBanned } from '../safeguard.js';
import { decide } from './decision.js';
import { Dialogue } from './dialogue.js';
import { blocked, cancelled, type Outcome } from './outcome.js';
import type { RunLease } from './run-lease.js';
import { RunReporter } from './run-reporter.js';
import { SceneReader } from './scene.js';
import { TurnGate } from './turn-gate.js';

/** A reset without a question. */
const ONLY_RESET = /^\/reset\s*$/i;

/** Generates the reply of one run: checks limits, runs the completion loop, and decides on the outcome. */
@Injectable()
export class Answerer {
  constructor(
    private readonly contexts: SceneReader,
    private readonly limiter: TurnGate,
    private readonly loop: Dialogue,
    private readonly reporter: RunReporter,
  ) {}

  async answer(lease: RunLease): Promise<Outcome | 'retry' | 'lost'> {
    const { run } = lease;
    const context = await this.contexts.read(run);
    if (context === 'human_in_control') return { state: 'blocked', reason: context, facts: {} };
    if (typeof context === 'string') return cancelled(context);
    if (ONLY_RESET.test(context.trigger.body)) {
      return { state: 'completed', reason: 'reset', notice: { notice: NOTICES.reset, isAlways: true }, facts: {} };
    }
    const bannedReason = findBanned(context.trigger.body, context.banned);
    if (bannedReason) return blocked(bannedReason, NOTICES.safeguarded, true);
    const limited = await this.limiter.checkTurns(run);
    if (limited) return limited;
    const typing = this.reporter.startTyping(run);
    try {
      const result = await this.loop.hold(lease, context, typing);
      if ('state' in result) return result;
      const decision = decide(lease.stopped, result.speech, result.facts);
      return typeof decision === 'string' ? decision : { ...decision, isRemembered: context.ai.contextSummary };
    } finally {
      typing.stop();
    }
  }
}
