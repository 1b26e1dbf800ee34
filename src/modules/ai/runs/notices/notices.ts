import type { ModelFailure } from '../../providers/model-failure.js';
import type { NoticeMessage } from '../../settings/notice-renderer.js';

/** A notice instead of a reply. It never contains messages of the provider, which may identify the key. */
export interface Notice extends NoticeMessage {
  /** Milliseconds after which the reply can be regenerated. Absent: it cannot. */
  retryAfterMs?: number;
}

export const NOTICES = {
  busy: { code: 'ai_busy', retryAfterMs: 0 },
  tooManyTurns: { code: 'ai_too_many_turns', retryAfterMs: 60_000 },
  dayOfTurns: { code: 'ai_day_of_turns' },
  tooSlow: { code: 'ai_timeout', retryAfterMs: 0 },
  tooLong: { code: 'ai_context_too_long' },
  reset: { code: 'ai_reset' },
  empty: { code: 'ai_empty_output' },
  gaveUp: { code: 'ai_gave_up', retryAfterMs: 0 },
  unavailable: { code: 'ai_unavailable' },
  misconfigured: { code: 'ai_bad_configuration' },
  safeguarded: { code: 'ai_safeguard' },
} as const satisfies Record<string, Notice>;

/** @param resetsAt start of the next budget day */
export const budgetExhausted = (resetsAt: Date): Notice => ({
  code: 'ai_budget_exhausted',
  values: { time: resetsAt.toISOString().slice(11, 16) },
});

const rateLimited = (waitMs: number): Notice => ({
  code: 'ai_rate_limited',
  values: { seconds: Math.ceil(waitMs / 1000) },
  retryAfterMs: waitMs,
});

/** If the provider sends no `retry-after`. */
const DEFAULT_WAIT_MS = 60_000;

/** @returns the notice for a failure */
export function noticeOf({ kind, details }: ModelFailure): Notice {
  switch (kind) {
    case 'rate_limited':
    case 'circuit_open':
      // The user cannot do anything about a refused key.
      if (details.code === 'quota' || details.code === 'auth') return NOTICES.unavailable;
      return rateLimited(details.retryAfterMs ?? DEFAULT_WAIT_MS);
    case 'quota':
    case 'auth':
      return NOTICES.unavailable;
    case 'context_length':
      return NOTICES.tooLong;
    case 'empty_output':
      return NOTICES.empty;
    case 'not_found':
    case 'bad_request':
    case 'unsupported':
    case 'blocked_address':
    case 'replay_mismatch':
      return NOTICES.misconfigured;
    default:
      return NOTICES.tooSlow;
  }
}
