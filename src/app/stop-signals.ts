import type { EventEmitter } from 'node:events';
import type { ParleyLogger } from '../core/logging/parley.logger.js';
import type { AppSettings } from './settings.js';

/** After the drains, a started delivery may take its 10 s; then the process exits anyway. */
const SHUTDOWN_MS = 15_000;
/** npm forwards signals that the terminal has already sent to the process. */
const SAME_SIGNAL_MS = 1000;

export interface Stopping {
  /** Finishes the work in progress. */
  stop(signal: string): Promise<void>;
  /** Abandons the work in progress: another process, or the next start, takes it over. */
  stopAtOnce(): Promise<void>;
  /** Milliseconds after which the process exits anyway. */
  limitMs: number;
}

/** The process, or a test double. */
interface Host {
  signals: Pick<EventEmitter, 'on'>;
  exit(code: number): void;
}

/** Maximum time for a graceful stop. */
export const maxShutdownMs = ({ SHUTDOWN_DRAIN_MS, AI_DRAIN_MS }: AppSettings): number =>
  SHUTDOWN_DRAIN_MS + AI_DRAIN_MS + SHUTDOWN_MS;

/** Stops gracefully in bounded time on the first signal, and at once on a second one. */
export function onStopSignal(
  { stop, stopAtOnce, limitMs }: Stopping,
  logger: Pick<ParleyLogger, 'warn' | 'error'>,
  { signals, exit }: Host = { signals: process, exit: (code) => process.exit(code) },
): void {
  let firstAt: number | undefined;
  const fail = (error: Error): void => {
    logger.error(error.message, error.stack, 'Stop');
    exit(1);
  };
  const handle = (signal: string): void => {
    if (firstAt !== undefined) {
      if (performance.now() - firstAt < SAME_SIGNAL_MS) return;
      logger.warn(`${signal} again: stopping at once`, 'Stop');
      stopAtOnce().then(() => exit(1), fail);
      return;
    }
    firstAt = performance.now();
    setTimeout(() => {
      logger.error(`Could not stop within ${limitMs / 1000} s`, 'Stop');
      exit(1);
    }, limitMs).unref();
    stop(signal).then(() => exit(0), fail);
  };
  signals.on('SIGTERM', handle);
  signals.on('SIGINT', handle);
}
