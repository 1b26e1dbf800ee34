import type { SettingsClass } from '../config/join-settings.js';
import type { Settings } from '../config/settings.js';

/**
 * A queue of wake-ups. A job contains ids only: no payload, no secret. Jobs may be lost at any time, since the database records
 * due work and a sweeper enqueues it again; so they are tried once and removed. At most one job per key waits.
 */
export interface QueueDefinition {
  /** Kebab case. BullMQ refuses a colon. */
  readonly name: string;
  /** Concurrent jobs of one worker process. @param settingsOf returns the settings of a module */
  readonly concurrency: (settingsOf: <S extends Settings>(part: SettingsClass<S>) => S) => number;
}

export const WAKEUP_JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;

/** Injection token of the table of all queues. */
export const QUEUE_DEFINITIONS = Symbol('table of queues');
