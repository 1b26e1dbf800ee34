import { isMainThread, Worker } from 'node:worker_threads';
import { PREVIEW_LIMITS } from './preview-limits.js';

const LOOK_MS = 25;

/**
 * Ends this process when it takes too long or too much memory, also while its main thread is busy: a thread of its own looks.
 * Time is kept here as well as by the parent, who may have died meanwhile.
 */
export function startWatchdog(): void {
  new Worker(__filename).unref();
}

function watch(): void {
  const startedAt = performance.now();
  setInterval(() => {
    const tookTooLong = performance.now() - startedAt > PREVIEW_LIMITS.timeMs;
    if (tookTooLong || process.memoryUsage.rss() > PREVIEW_LIMITS.memoryBytes) process.kill(process.pid, 'SIGKILL');
  }, LOOK_MS);
}

if (!isMainThread) watch();
