import type { EventEmitter } from 'node:events';
import type { Settings } from '../core/config/settings.js';
import type { ParleyLogger } from '../core/logging/parley.logger.js';

/** After the drains, a delivery that has begun may take its 10 s; then the process ends all the same. */
const SHUTDOWN_MS = 15_000;
/** npm hands on each signal that the terminal has sent to the process already. */
const SAME_SIGNAL_MS = 1000;

export interface Stopping {
  /** Finishes what is in hand. */
  stop(signal: string): Promise<void>;
  /** Leaves it as it is: another process, or the next start, finds it. */
  stopAtOnce(): Promise<void>;
  /** Milliseconds after which the process ends all the same. */
  limitMs: number;
}

/** The process, or a stand-in. */
interface Host {
  signals: Pick<EventEmitter, 'on'>;
  exit(code: number): void;
}

/** For how long a process finishes what is in hand, at most. */
export const longestStop = ({ SHUTDOWN_DRAIN_MS, AI_DRAIN_MS }: Settings): number =>
  SHUTDOWN_DRAIN_MS + AI_DRAIN_MS + SHUTDOWN_MS;

/** Stops once, in bounded time; whoever does not want to wait says it a second time. */
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
