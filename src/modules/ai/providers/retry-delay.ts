const FIRST_MS = 500;
const LONGEST_MS = 8000;
const JITTER = 0.25;

/** A longer `retry-after` is not waited for. */
export const LONGEST_WAIT_MS = 60_000;

/**
 * Delay before the next request in milliseconds.
 *
 * @param tries failed so far
 * @param retryAfterMs requested by the provider
 */
export function modelRetryDelay(
  tries: number,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number {
  if (retryAfterMs !== undefined) return retryAfterMs;
  return Math.min(FIRST_MS * 2 ** (tries - 1), LONGEST_MS) * (1 - random() * JITTER);
}
