const FIRST_MS = 500;
const LONGEST_MS = 8000;
const JITTER = 0.25;

/** A provider that asks for more than this is not waited for. */
export const LONGEST_WAIT_MS = 60_000;

/**
 * How long to wait before the next request.
 *
 * @param tries that have failed
 * @param askedMs what the provider asks for
 */
export function modelRetryDelay(
  tries: number,
  askedMs: number | undefined,
  random: () => number = Math.random,
): number {
  if (askedMs !== undefined) return askedMs;
  return Math.min(FIRST_MS * 2 ** (tries - 1), LONGEST_MS) * (1 - random() * JITTER);
}
