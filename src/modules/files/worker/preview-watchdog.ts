import { isMainThread, Worker } from 'node:worker_threads';
import { PREVIEW_LIMITS } from './preview-limits.js';

const CHECK_INTERVAL_MS = 25;

/**
 * Kills this process when it exceeds its time or memory limit. Runs in a separate thread, so that a busy main thread does not
 * block it. The parent enforces the time limit too, but can have died.
 */
export function startWatchdog(): void {
  new Worker(__filename).unref();
}

function watch(): void {
  const startedAt = performance.now();
  setInterval(() => {
    const tookTooLong = performance.now() - startedAt > PREVIEW_LIMITS.timeMs;
    if (tookTooLong || process.memoryUsage.rss() > PREVIEW_LIMITS.memoryBytes) process.kill(process.pid, 'SIGKILL');
  }, CHECK_INTERVAL_MS);
}

if (!isMainThread) watch();
