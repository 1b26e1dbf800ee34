import type { DraftEnd, MessageExtras, ReplyAction } from '../../messages/index.js';
import type { Completion } from '../generation/completion.js';
import { TRUNCATION_MARK } from '../generation/reply-parts.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { type Notice, noticeOf, NOTICES } from './notices/notices.js';
import type { StopCause } from './run-lease.js';

/** The outcome of a run. */
export interface Outcome {
  state: 'completed' | 'interrupted' | 'cancelled' | 'failed' | 'blocked';
  reason: string;
  /** The reply, if there is one. */
  reply?: {
    text: string;
    state: NonNullable<MessageExtras['answer']>['state'];
    /** Actions that the reply offers. */
    actions?: ReplyAction['type'][];
  };
  /** Sent instead of a reply. */
  notice?: { notice: Notice; isUnconditional: boolean };
  /** The chat summary may have to be extended. */
  shouldSummarize?: boolean;
  /** Other fields to record in the run. */
  runFields: Partial<AiRunEntity>;
}

/** How the draft ends for viewers. */
export const draftEndOf = ({ reply }: Outcome): DraftEnd =>
  reply === undefined || reply.state === 'notice' ? 'dropped' : reply.state;

export const blocked = (
  reason: string,
  notice: Notice,
  isUnconditional = false,
  runFields: Outcome['runFields'] = {},
): Outcome => ({
  state: 'blocked',
  reason,
  notice: { notice, isUnconditional },
  runFields,
});

export const cancelled = (reason: string, runFields: Outcome['runFields'] = {}): Outcome => ({
  state: 'cancelled',
  reason,
  runFields,
});

/** Characters. A superseded reply that is shorter is discarded. */
const MIN_KEPT_CHARS = 40;

/** Stop reasons for which the text that viewers have seen is kept. */
const KEEPS_TEXT: ReadonlySet<string> = new Set(['bot_disabled', 'ai_turned_off', 'bot_left', 'human_in_control']);

/** `retry`: start again. `lost`: another worker owns the run. */
export type Decision = Outcome | 'retry' | 'lost';

/**
 * Decides on the outcome of a run.
 *
 * @param runFields recorded with any outcome
 */
export function decide(stop: StopCause | undefined, completion: Completion, runFields: Outcome['runFields']): Decision {
  // Text that no viewer has seen is not kept.
  const seen = completion.firstTokenAt === undefined ? '' : completion.text.trimEnd();
  if (stop) return decideStopped(stop, seen, runFields);
  if (completion.blockReason) return blocked(completion.blockReason, NOTICES.safeguarded, true, runFields);
  if (completion.failure) return decideFailed(completion, seen, runFields);
  if (completion.finishReason === 'content_filter') {
    return blocked('content_filter', NOTICES.safeguarded, true, runFields);
  }
  const text = completion.text.trimEnd();
  if (!text) {
    const reason = completion.finishReason === 'length' ? 'empty_output_length' : 'empty_output';
    return { state: 'failed', reason, notice: { notice: NOTICES.empty, isUnconditional: false }, runFields };
  }
  if (completion.finishReason !== 'length') {
    return { state: 'completed', reason: '', reply: { text, state: 'completed' }, runFields };
  }
  const reply = { text: text + TRUNCATION_MARK, state: 'completed' as const, actions: ['continue' as const] };
  return { state: 'completed', reason: '', reply, runFields };
}

function decideStopped(stop: StopCause, seen: string, runFields: Outcome['runFields']): Decision {
  switch (stop.kind) {
    case 'lost':
      return 'lost';
    case 'shutdown':
      return seen ? resumableInterruption('shutdown', seen, runFields) : 'retry';
    case 'overtime':
      if (seen) return resumableInterruption('overtime', seen, runFields);
      return {
        state: 'failed',
        reason: 'overtime',
        notice: { notice: NOTICES.tooSlow, isUnconditional: false },
        runFields,
      };
    case 'requested':
      return decideRequested(stop.reason, seen, runFields);
  }
}

/**
 * The outcome of a run that was stopped on request.
 *
 * @param seen the text that viewers have seen
 */
export function decideRequested(reason: string, seen: string, runFields: Outcome['runFields']): Outcome {
  if (reason === 'stopped' && seen)
    return { ...interrupted(reason, seen, runFields), reply: { text: seen, state: 'stopped' } };
  const isKept = reason === 'superseded' ? seen.length >= MIN_KEPT_CHARS : KEEPS_TEXT.has(reason) && seen !== '';
  return isKept ? interrupted(reason, seen, runFields) : cancelled(reason, runFields);
}

/** Stopped on request. */
const interrupted = (reason: string, text: string, runFields: Outcome['runFields']): Outcome => ({
  state: 'interrupted',
  reason,
  reply: { text, state: 'interrupted' },
  runFields,
});

/** Interrupted by a failure: the reply can be regenerated or continued. */
export const resumableInterruption = (reason: string, text: string, runFields: Outcome['runFields']): Outcome => ({
  state: 'interrupted',
  reason,
  reply: { text, state: 'interrupted', actions: ['regenerate', 'continue'] },
  runFields,
});

function decideFailed({ failure }: Completion, seen: string, runFields: Outcome['runFields']): Outcome {
  const reason = failure!.kind;
  if (seen) return resumableInterruption(reason, seen, runFields);
  return { state: 'failed', reason, notice: { notice: noticeOf(failure!), isUnconditional: false }, runFields };
}
