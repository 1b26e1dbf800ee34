/** A hint of the receiver's is followed up to here; a longer one never parks a lane for longer. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** A receiver that is overloaded or slow is not asked again at once. */
const OVERLOAD_DELAY_MS = 10_000;

const MAX_JITTER = 0.2;
const MIN_JITTER_MS = 250;
const MAX_JITTER_MS = 900_000;

/** What a failed try says about when to try again. */
export interface FailedTry {
  /** Null when no answer came. */
  httpStatus: number | null;
  timedOut: boolean;
  /** The `Retry-After` header. */
  retryAfter?: string;
}

/**
 * When to try again. Jitter only ever adds, so that nothing comes earlier than documented.
 *
 * @param schedule seconds to wait before each try; as many entries as tries
 * @param tries how many there have been
 * @param random from 0 to 1
 * @returns milliseconds, or undefined when there have been enough tries
 */
export function retryDelay(
  schedule: readonly number[],
  tries: number,
  failure: FailedTry,
  now = Date.now(),
  random = Math.random(),
): number | undefined {
  const seconds = schedule[tries];
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

/** `Retry-After` in seconds or as a date, of answers that may carry it (429 and 503). What cannot be read is no hint. */
export function hintedDelay({ httpStatus, retryAfter }: FailedTry, now = Date.now()): number {
  if (retryAfter === undefined || (httpStatus !== 429 && httpStatus !== 503)) return 0;
  const hinted = /^\d+$/.test(retryAfter.trim()) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isFinite(hinted) ? Math.min(Math.max(hinted, 0), MAX_RETRY_AFTER_MS) : 0;
}
