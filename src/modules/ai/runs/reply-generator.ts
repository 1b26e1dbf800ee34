import { Injectable } from '@nestjs/common';
import { CompletionLoop } from '../generation/completion-loop.js';
import type { RunContext } from '../generation/completion.js';
import { findBanned } from '../generation/safeguard.js';
import { EarlierRepliesLoader } from './earlier-replies-loader.js';
import { NOTICES } from './notices/notices.js';
import { blocked, cancelled, decide, type Decision, resumableInterruption } from './outcome.js';
import { RunContextLoader } from './run-context-loader.js';
import type { RunLease } from './run-lease.js';
import { RunRecorder } from './run-recorder.js';
import { RunReporter } from './run-reporter.js';
import { RunSession } from './run-session.js';
import { TurnLimiter } from './usage/turn-limiter.js';

/** A reset without a question. */
const ONLY_RESET = /^\/reset\s*$/i;

/** Generates the reply of one run: checks limits, runs the completion loop, and decides on the outcome. */
@Injectable()
export class ReplyGenerator {
  constructor(
    private readonly contexts: RunContextLoader,
    private readonly limiter: TurnLimiter,
    private readonly loop: CompletionLoop,
    private readonly recorder: RunRecorder,
    private readonly reporter: RunReporter,
    private readonly earlierReplies: EarlierRepliesLoader,
  ) {}

  async generate(lease: RunLease): Promise<Decision> {
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
    return (await this.limiter.checkTurns(run)) ?? this.complete(lease, context);
  }

  private async complete(lease: RunLease, context: RunContext): Promise<Decision> {
    const { limiter, recorder, reporter, earlierReplies } = this;
    const typing = reporter.startTyping(lease.run);
    const session = new RunSession({ limiter, recorder, reporter, earlierReplies }, lease, context, typing);
    try {
      const completion = await this.loop.run(session, context);
      const { refusal, runFields } = session;
      // Text that viewers have seen is kept.
      if (refusal) {
        return completion.firstTokenAt === undefined
          ? refusal
          : resumableInterruption(refusal.reason, completion.text, runFields);
      }
      const decision = decide(lease.stopCause, completion, runFields);
      return typeof decision === 'string' ? decision : { ...decision, shouldSummarize: context.ai.contextSummary };
    } finally {
      typing.stop();
    }
  }
}
