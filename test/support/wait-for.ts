import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** The awaited condition for the error message: `'the second delivery'`. */
  what: string;
  timeoutMs?: number;
}

const POLL_MS = 20;

/**
 * Waits until the condition is met. False, null, undefined and an error mean that it is not.
 *
 * @returns the result of the condition
 * @throws Error with the awaited condition, and its last error as the cause
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 5000 }: WaitOptions,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const result = await condition();
      if (result !== false && result !== null && result !== undefined) return result;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(POLL_MS);
  } while (Date.now() < deadline);
  const reason = cause === undefined ? '' : `: ${(cause as Error).message}`;
  throw new Error(`Timed out after ${timeoutMs} ms waiting for ${what}${reason}`, { cause });
}
