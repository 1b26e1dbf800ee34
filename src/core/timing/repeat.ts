import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';

export interface Repetition {
  /** What is done, as the beginning of a sentence: `Sweeping`. */
  what: string;
  /** From the end of one time to the beginning of the next. */
  everyMs: number;
  logger: Logger;
  work: () => Promise<unknown>;
}

/**
 * Does something now, and again and again, never twice at once. A failure is logged, the first of a row only, and nothing more
 * comes of it: the next time may do better.
 *
 * @returns what ends it, and waits for the time under way
 */
export function repeat({ what, everyMs, logger, work }: Repetition): () => Promise<void> {
  const stop = new AbortController();
  const running = (async () => {
    for (let isFailing = false; !stop.signal.aborted;) {
      try {
        await work();
        if (isFailing) logger.log(`${what} works again`);
        isFailing = false;
      } catch (error) {
        if (!isFailing) logger.warn(`${what} failed: ${(error as Error).message}`);
        isFailing = true;
      }
      // Such a timer keeps no process alive; what does is the server or the queue beside it.
      await sleep(everyMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
    }
  })();
  return async () => {
    stop.abort();
    await running;
  };
}
