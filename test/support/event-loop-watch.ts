import { readFileSync } from 'node:fs';
import { performance, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

const SAMPLE_MS = 2;
/** The unit of times in /proc: USER_HZ, which is 100 per second on Linux. */
const TICK_MS = 10;
/** CPU times of the main thread on Linux; its id is that of the process. */
const MAIN_THREAD = `/proc/self/task/${process.pid}/stat`;

/** The longest pause of this process's event loop while `work` runs. */
export interface LoopPause {
  /**
   * The minimum of the elapsed time and the CPU time of the loop, so that a busy machine does not count. Without garbage collection,
   * which takes far longer in a process of many test files than in a server.
   */
  busyMs: number;
}

/** Runs `work` and measures how long it blocked the event loop. */
export async function longestPause(work: () => Promise<unknown>): Promise<LoopPause> {
  const collections: PerformanceEntry[] = [];
  const observer = new PerformanceObserver((list) => void collections.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  const pauses: { from: number; until: number; busyMs: number }[] = [];
  let from = performance.now();
  let usedMs = cpuMs();
  const sample = (): void => {
    const until = performance.now();
    const used = cpuMs();
    pauses.push({ from, until, busyMs: Math.min(until - from, used - usedMs) });
    from = until;
    usedMs = used;
  };
  const timer = setInterval(sample, SAMPLE_MS);
  try {
    await work();
    sample();
  } finally {
    clearInterval(timer);
  }
  await nextTurn(); // reports the last garbage collection
  observer.disconnect();
  const collectingMs = (from: number, until: number) =>
    collections
      .filter(({ startTime }) => startTime >= from && startTime < until)
      .reduce((sum, { duration }) => sum + duration, 0);
  return { busyMs: Math.max(...pauses.map(({ from, until, busyMs }) => busyMs - collectingMs(from, until))) };
}

/** CPU time of the thread of the event loop, or of all threads if that is not available. */
function cpuMs(): number {
  if (process.platform !== 'linux') {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
  // The name in the second field may contain spaces; user and system time are the 12th and 13th field after it.
  const fields = readFileSync(MAIN_THREAD, 'latin1').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
