import type { Settings } from '../config/settings.js';

/**
 * A queue of bells. A job holds ids only: no payload, no secret. All jobs may vanish at any moment, since the database knows
 * what is due and a sweeper rings again; so they are tried once and leave nothing behind. Of the jobs with one key at most one waits.
 */
export interface QueueDefinition {
  /** Kebab case. BullMQ refuses a colon. */
  readonly name: string;
  /** Jobs that one worker process does at a time. */
  readonly concurrency: (settings: Settings) => number;
}

export const BELL_JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;

/** Injection token of the table of all queues. */
export const QUEUE_TABLE = Symbol('table of queues');
