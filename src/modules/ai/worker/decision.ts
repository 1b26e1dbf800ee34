import { noticeOf, NOTICES } from '../notices/notices.js';
import { blocked, cancelled, type Outcome } from './outcome.js';
import { CUT_OFF } from '../answer-parts.js';
import type { Stop } from './run-lease.js';
import type { Speech } from './speech.js';

/** Characters. A superseded reply that is shorter is discarded. */
const MIN_KEPT_CHARS = 40;

/** Stop reasons for which the text that viewers have seen is kept. */
const KEEPS_TEXT: ReadonlySet<string> = new Set(['bot_disabled', 'ai_turned_off', 'bot_left', 'human_in_control']);

/** `retry`: start again. `lost`: another worker owns the run. */
export type Decision = Outcome | 'retry' | 'lost';

/**
 * Decides on the outcome of a run.
 *
 * @param facts recorded with any outcome
 */
export function decide(stop: Stop | undefined, completion: Speech, facts: Outcome['facts']): Decision {
  // Text that no viewer has seen is not kept.
  const seen = completion.firstWordAt === undefined ? '' : completion.text.trimEnd();
  if (stop) return decideStopped(stop, seen, facts);
  if (completion.banned) return blocked(completion.banned, NOTICES.safeguarded, true, facts);
  if (completion.failure) return decideFailed(completion, seen, facts);
  if (completion.finishReason === 'content_filter') {
    return blocked('content_filter', NOTICES.safeguarded, true, facts);
  }
  const text = completion.text.trimEnd();
  if (!text) {
    const reason = completion.finishReason === 'length' ? 'empty_output_length' : 'empty_output';
    return { state: 'failed', reason, notice: { notice: NOTICES.empty, isAlways: false }, facts };
  }
  if (completion.finishReason !== 'length') {
    return { state: 'completed', reason: '', answer: { text, state: 'completed' }, facts };
  }
  const answer = { text: text + CUT_OFF, state: 'completed' as const, actions: ['continue' as const] };
  return { state: 'completed', reason: '', answer, facts };
}

function decideStopped(stop: Stop, seen: string, facts: Outcome['facts']): Decision {
  switch (stop.kind) {
    case 'lost':
      return 'lost';
    case 'shutdown':
      return seen ? brokenOff('shutdown', seen, facts) : 'retry';
    case 'overtime':
      if (seen) return brokenOff('overtime', seen, facts);
      return { state: 'failed', reason: 'overtime', notice: { notice: NOTICES.tooSlow, isAlways: false }, facts };
    case 'requested':
      return decideOrdered(stop.reason, seen, facts);
  }
}

/**
 * The outcome of a run that was stopped on request.
 *
 * @param seen the text that viewers have seen
 */
export function decideOrdered(reason: string, seen: string, facts: Outcome['facts']): Outcome {
  if (reason === 'stopped' && seen)
    return { ...interrupted(reason, seen, facts), answer: { text: seen, state: 'stopped' } };
  const isKept = reason === 'superseded' ? seen.length >= MIN_KEPT_CHARS : KEEPS_TEXT.has(reason) && seen !== '';
  return isKept ? interrupted(reason, seen, facts) : cancelled(reason, facts);
}

/** Stopped on request. */
const interrupted = (reason: string, text: string, facts: Outcome['facts']): Outcome => ({
  state: 'interrupted',
  reason,
  answer: { text, state: 'interrupted' },
  facts,
});

/** Interrupted by a failure: the reply can be regenerated or continued. */
export const brokenOff = (reason: string, text: string, facts: Outcome['facts']): Outcome => ({
  state: 'interrupted',
  reason,
  answer: { text, state: 'interrupted', actions: ['regenerate', 'continue'] },
  facts,
});

function decideFailed({ failure }: Speech, seen: string, facts: Outcome['facts']): Outcome {
  const reason = failure!.kind;
  if (seen) return brokenOff(reason, seen, facts);
  return { state: 'failed', reason, notice: { notice: noticeOf(failure!), isAlways: false }, facts };
}
