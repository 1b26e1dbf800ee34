import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';

export interface PeriodicTask {
  /** Name of the work in log lines: `Sweeping`. */
  what: string;
  /** From the end of one run to the start of the next. */
  everyMs: number;
  logger: Logger;
  work: () => Promise<unknown>;
}

/**
 * Runs work now and then periodically, never concurrently. The first of several failures in a row is logged; the work goes on.
 *
 * @returns a function that stops it and waits for the current run
 */
export function runPeriodically({ what, everyMs, logger, work }: PeriodicTask): () => Promise<void> {
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
      // The timer does not keep the process alive.
      await sleep(everyMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
    }
  })();
  return async () => {
    stop.abort();
    await running;
  };
}
