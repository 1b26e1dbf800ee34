/** Maximum delay by `Retry-After`; longer values are capped. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** Minimum delay after a timeout or 429. */
const OVERLOAD_DELAY_MS = 10_000;

const MAX_JITTER = 0.2;
const MIN_JITTER_MS = 250;
const MAX_JITTER_MS = 900_000;

/** The parts of a failed attempt that determine the retry delay. */
export interface FailedTry {
  /** Null without a response. */
  httpStatus: number | null;
  timedOut: boolean;
  /** The `Retry-After` header. */
  retryAfter?: string;
}

/**
 * The delay before the next attempt. Jitter only adds, so that no retry comes earlier than documented.
 *
 * @param schedule seconds before each attempt; as many entries as attempts
 * @param attempts number of attempts so far
 * @param random from 0 to 1
 * @returns milliseconds, or undefined after the last attempt
 */
export function retryDelay(
  schedule: readonly number[],
  attempts: number,
  failure: FailedTry,
  now = Date.now(),
  random = Math.random(),
): number | undefined {
  const seconds = schedule[attempts];
  if (seconds === undefined) return undefined;
  const planned = addJitter(seconds * 1000, random);
  const overloaded = failure.timedOut || failure.httpStatus === 429;
  return Math.max(planned, overloaded ? OVERLOAD_DELAY_MS : 0, hintedDelay(failure, now));
}

function addJitter(ms: number, random: number): number {
  if (ms === 0) return 0;
  const span = Math.min(Math.max(ms * MAX_JITTER, MIN_JITTER_MS), MAX_JITTER_MS);
  return Math.round(ms + random * span);
}

/** The delay of `Retry-After` in seconds or as a date, for 429 and 503; 0 without a valid value. */
export function hintedDelay({ httpStatus, retryAfter }: FailedTry, now = Date.now()): number {
  if (retryAfter === undefined || (httpStatus !== 429 && httpStatus !== 503)) return 0;
  const hinted = /^\d+$/.test(retryAfter.trim()) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isFinite(hinted) ? Math.min(Math.max(hinted, 0), MAX_RETRY_AFTER_MS) : 0;
}
