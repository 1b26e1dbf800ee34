import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is awaited, in words: `'the second delivery'`. It is all that a failing test says. */
  what: string;
  timeoutMs?: number;
}

const POLL_MS = 20;

/**
 * Waits until the condition holds. False, null and undefined mean not yet; so does an error.
 *
 * @returns what the condition returned
 * @throws Error naming what was awaited, with the condition's last error as its cause
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
  throw new Error(`Waited ${timeoutMs} ms in vain for ${what}${reason}`, { cause });
}
