import { performance } from 'node:perf_hooks';

const SAMPLE_MS = 2;

/** The longest pause of this process's event loop while `work` runs. */
export interface LoopPause {
  /** The shorter of the time that passed and the CPU time that this process used in it: a busy machine adds nothing. */
  busyMs: number;
}

/** Runs `work`, and measures how long the event loop did not come to its timers meanwhile. */
export async function longestPause(work: () => Promise<unknown>): Promise<LoopPause> {
  let busyMs = 0;
  let at = performance.now();
  let cpu = process.cpuUsage();
  const sample = (): void => {
    const now = performance.now();
    const used = process.cpuUsage(cpu);
    busyMs = Math.max(busyMs, Math.min(now - at, (used.user + used.system) / 1000));
    at = now;
    cpu = process.cpuUsage();
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
