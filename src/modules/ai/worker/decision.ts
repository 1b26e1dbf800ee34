import { noticeOf, NOTICES } from '../notices/notices.js';
import { blocked, cancelled, type Outcome } from './outcome.js';
import { CUT_OFF } from '../answer-parts.js';
import type { Stop } from './run-lease.js';
import type { Speech } from './speech.js';

/** A new question breaks off an answer; what of it is shorter than this is taken away again. */
const WORTH_KEEPING = 40;

/** The bot is silenced in the middle of a word: what people have seen of it stays. */
const KEPT: ReadonlySet<string> = new Set(['bot_disabled', 'ai_turned_off', 'bot_left', 'human_in_control']);

/** `again`: to be begun anew. `lost`: another worker has it. */
export type Decision = Outcome | 'again' | 'lost';

/**
 * What a run has come to.
 *
 * @param facts noted of it in any case
 */
export function decide(stop: Stop | undefined, speech: Speech, facts: Outcome['facts']): Decision {
  // Nobody has seen it: then there is nothing to keep.
  const seen = speech.firstWordAt === undefined ? '' : speech.text.trimEnd();
  if (stop) return decideStopped(stop, seen, facts);
  if (speech.banned) return blocked(speech.banned, NOTICES.safeguarded, true, facts);
  if (speech.failure) return decideFailed(speech, seen, facts);
  if (speech.finishReason === 'content_filter') {
    return blocked('content_filter', NOTICES.safeguarded, true, facts);
  }
  const text = speech.text.trimEnd();
  if (!text) {
    const reason = speech.finishReason === 'length' ? 'empty_output_length' : 'empty_output';
    return { state: 'failed', reason, notice: { notice: NOTICES.empty, isAlways: false }, facts };
  }
  if (speech.finishReason !== 'length') {
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
      return seen ? brokenOff('shutdown', seen, facts) : 'again';
    case 'overtime':
      if (seen) return brokenOff('overtime', seen, facts);
      return { state: 'failed', reason: 'overtime', notice: { notice: NOTICES.tooSlow, isAlways: false }, facts };
    case 'ordered':
      return decideOrdered(stop.reason, seen, facts);
  }
}

/**
 * What comes of a run that somebody has stopped.
 *
 * @param seen what of the answer people have seen
 */
export function decideOrdered(reason: string, seen: string, facts: Outcome['facts']): Outcome {
  if (reason === 'stopped' && seen)
    return { ...interrupted(reason, seen, facts), answer: { text: seen, state: 'stopped' } };
  const isKept = reason === 'superseded' ? seen.length >= WORTH_KEEPING : KEPT.has(reason) && seen !== '';
  return isKept ? interrupted(reason, seen, facts) : cancelled(reason, facts);
}

/** Somebody wanted it so. */
const interrupted = (reason: string, text: string, facts: Outcome['facts']): Outcome => ({
  state: 'interrupted',
  reason,
  answer: { text, state: 'interrupted' },
  facts,
});

/** Nobody wanted it so: the answer may be given anew, or go on. */
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
