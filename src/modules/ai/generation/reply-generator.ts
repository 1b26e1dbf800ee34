import { Injectable } from '@nestjs/common';
import { NOTICES } from '../runs/notices/notices.js';
import { findBanned } from './safeguard.js';
import { decide } from '../runs/decision.js';
import { CompletionLoop } from './completion-loop.js';
import { blocked, cancelled, type Outcome } from '../runs/outcome.js';
import type { RunLease } from '../runs/run-lease.js';
import { RunReporter } from '../runs/run-reporter.js';
import { RunContextLoader } from './run-context.js';
import { TurnLimiter } from '../runs/usage/turn-limiter.js';

/** A reset without a question. */
const ONLY_RESET = /^\/reset\s*$/i;

/** Generates the reply of one run: checks limits, runs the completion loop, and decides on the outcome. */
@Injectable()
export class ReplyGenerator {
  constructor(
    private readonly contexts: RunContextLoader,
    private readonly limiter: TurnLimiter,
    private readonly loop: CompletionLoop,
    private readonly reporter: RunReporter,
  ) {}

  async generate(lease: RunLease): Promise<Outcome | 'retry' | 'lost'> {
    const { run } = lease;
    const context = await this.contexts.load(run);
    if (context === 'human_in_control') return { state: 'blocked', reason: context, runFields: {} };
    if (typeof context === 'string') return cancelled(context);
    if (ONLY_RESET.test(context.trigger.body)) {
      return {
        state: 'completed',
        reason: 'reset',
        notice: { notice: NOTICES.reset, isUnconditional: true },
        runFields: {},
      };
    }
    const bannedReason = findBanned(context.trigger.body, context.bannedPhrases);
    if (bannedReason) return blocked(bannedReason, NOTICES.safeguarded, true);
    const limited = await this.limiter.checkTurns(run);
    if (limited) return limited;
    const typing = this.reporter.startTyping(run);
    try {
      const result = await this.loop.run(lease, context, typing);
      if ('state' in result) return result;
      const decision = decide(lease.stopCause, result.completion, result.runFields);
      return typeof decision === 'string' ? decision : { ...decision, shouldSummarize: context.ai.contextSummary };
    } finally {
      typing.stop();
    }
  }
}
