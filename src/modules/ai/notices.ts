import type { ModelFailure } from './model/model-failure.js';

/** What a person is told instead of an answer. The model's own words are never among it: they may name whose key it is. */
export interface Notice {
  code: string;
  text: string;
}

const LIMITED: Notice = {
  code: 'ai_rate_limited',
  text: "I'm getting too many questions right now. Try again in a minute.",
};
const MISCONFIGURED: Notice = {
  code: 'ai_bad_configuration',
  text: "I'm not set up correctly. My owner has been told.",
};
const UNAVAILABLE: Notice = { code: 'ai_unavailable', text: "I can't answer at the moment." };
const TOO_SLOW: Notice = { code: 'ai_timeout', text: 'That took too long. Try again?' };

export const NOTICES = {
  busy: { code: 'ai_busy', text: 'I still have several questions to answer here. Ask again when I have caught up.' },
  tooSlow: TOO_SLOW,
  tooLong: { code: 'ai_context_too_long', text: 'This conversation is too long for me. Start over with /reset.' },
  reset: { code: 'ai_reset', text: "I've forgotten what was said before. What is on your mind?" },
  empty: { code: 'ai_empty_output', text: "I couldn't find an answer to that. Could you put it another way?" },
  gaveUp: { code: 'ai_gave_up', text: 'I was interrupted before I could answer. Could you ask again?' },
  unavailable: UNAVAILABLE,
} as const satisfies Record<string, Notice>;

/** @param resetsAt when there are new tokens */
export const budgetExhausted = (resetsAt: Date): Notice => ({
  code: 'ai_budget_exhausted',
  text: `Today's limit is used up; I'm back at ${resetsAt.toISOString().slice(11, 16)} UTC.`,
});

export const tooManyTurns = (window: 'minute' | 'day'): Notice => ({
  code: 'ai_too_many_turns',
  text:
    window === 'minute'
      ? "That's a lot of questions. Give me a minute, then ask again."
      : "You've asked as much as one person may in a day. Come back tomorrow.",
});

export const safeguarded = (text: string): Notice => ({ code: 'ai_safeguard', text });

/** The stand-in for what a provider has said. */
export function noticeOf({ kind, facts }: ModelFailure): Notice {
  switch (kind) {
    case 'rate_limited':
    case 'circuit_open': {
      // Nobody here can do anything about a key that was refused.
      if (facts.code === 'quota' || facts.code === 'auth') return UNAVAILABLE;
      const seconds = Math.ceil((facts.retryAfterMs ?? 60_000) / 1000);
      return { ...LIMITED, text: LIMITED.text.replace('a minute', `${seconds} s`) };
    }
    case 'quota':
    case 'auth':
      return UNAVAILABLE;
    case 'context_length':
      return NOTICES.tooLong;
    case 'empty_output':
      return NOTICES.empty;
    case 'not_found':
    case 'bad_request':
    case 'unsupported':
    case 'blocked_address':
    case 'replay_mismatch':
      return MISCONFIGURED;
    default:
      return TOO_SLOW;
  }
}
