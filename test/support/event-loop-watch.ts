import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const SAMPLE_MS = 2;
/** The unit of times in /proc: USER_HZ, which is 100 a second on Linux. */
const TICK_MS = 10;
/** Where Linux keeps what the main thread has used; its id is that of the process. */
const MAIN_THREAD = `/proc/self/task/${process.pid}/stat`;

/** The longest pause of this process's event loop while `work` runs. */
export interface LoopPause {
  /** The shorter of the time that passed and the CPU time that the loop used in it: a busy machine adds nothing. */
  busyMs: number;
}

/** Runs `work`, and measures how long the event loop did not come to its timers meanwhile. */
export async function longestPause(work: () => Promise<unknown>): Promise<LoopPause> {
  let busyMs = 0;
  let at = performance.now();
  let usedMs = cpuMs();
  const sample = (): void => {
    const now = performance.now();
    const used = cpuMs();
    busyMs = Math.max(busyMs, Math.min(now - at, used - usedMs));
    at = now;
    usedMs = used;
  };
  const timer = setInterval(sample, SAMPLE_MS);
  try {
    await work();
    sample();
  } finally {
    clearInterval(timer);
  }
  return { busyMs };
}

/** CPU time of the thread of the event loop; where that is not known, of all threads. */
function cpuMs(): number {
  if (process.platform !== 'linux') {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
  // The name in the second field may hold spaces; user and system time are the 12th and 13th behind it.
  const fields = readFileSync(MAIN_THREAD, 'latin1').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
