import { getQueueToken } from '@nestjs/bullmq';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { JobsOptions, Queue } from 'bullmq';
import { currentRequestId } from '../context/request-context.js';
import { BELL_JOB_OPTIONS, type QueueDefinition } from './queue-definition.js';

/** What a bell says: ids, and the request that caused it, so that one trip is one search in the logs. */
export type BellData = Readonly<Record<string, string>>;

export const queueByName = (moduleRef: ModuleRef, name: string): Queue =>
  moduleRef.get<Queue>(getQueueToken(name), { strict: false });

/** Bells held back while the queue is away. More are dropped: the sweeper finds what is due without them. */
const MAX_WAITING = 10_000;

/** Jobs that one call adds. The queue on Postgres takes a lock for each of them. */
const MAX_JOBS_PER_CALL = 500;

/** Delayed jobs have keys of their own: a job that waits for its time must not stand for one that is due. */
const DELAYED = 'delayed:';

export interface RingOptions {
  /** Milliseconds until the job is due. It takes the place of a delayed job with the same key. */
  delayMs?: number;
}

interface Waiting {
  data: BellData;
  opts: JobsOptions;
}

/**
 * Rings bells without ever making anybody wait. Bells of one moment go out together in one call; while a call is under way,
 * which may be long when Redis is down, the next ones gather, each bell once. The queue holds at most one waiting job and one
 * delayed job for each key, so a queue without workers does not grow with the traffic.
 */
@Injectable()
export class BellRinger implements OnApplicationShutdown {
  private readonly logger = new Logger(BellRinger.name);
  private readonly waiting = new Map<string, Map<string, Waiting>>();
  private readonly busy = new Set<string>();
  private readonly failing = new Set<string>();
  private stopped = false;

  constructor(private readonly moduleRef: ModuleRef) {}

  /** @param key two bells of one queue with the same key, rung before a worker has started on the first, become one */
  ring(queue: QueueDefinition, key: string, data: BellData, { delayMs }: RingOptions = {}): void {
    if (this.stopped) return;
    const bells = this.waiting.get(queue.name) ?? new Map<string, Waiting>();
    this.waiting.set(queue.name, bells);
    if (bells.size >= MAX_WAITING) return;
    const requestId = currentRequestId();
    const deduplication = delayMs === undefined ? { id: key } : { id: `${DELAYED}${key}`, replace: true };
    const opts = { ...BELL_JOB_OPTIONS, deduplication, ...(delayMs === undefined ? {} : { delay: delayMs }) };
    bells.set(deduplication.id, { data: requestId ? { ...data, requestId } : data, opts });
    if (!this.busy.has(queue.name)) {
      this.busy.add(queue.name);
      setImmediate(() => void this.send(queue));
    }
  }

  onApplicationShutdown(): void {
    this.stopped = true;
  }

  private async send(queue: QueueDefinition): Promise<void> {
    const target = queueByName(this.moduleRef, queue.name);
    for (let bells = this.take(queue); bells.length > 0 && !this.stopped; bells = this.take(queue)) {
      try {
        await target.addBulk(bells.map(({ data, opts }) => ({ name: queue.name, data, opts })));
        if (this.failing.delete(queue.name)) this.logger.log(`Queue ${queue.name} is back`);
      } catch (error) {
        this.reportOnce(queue, error as Error);
      }
    }
    this.busy.delete(queue.name);
  }

  private take(queue: QueueDefinition): Waiting[] {
    const bells = this.waiting.get(queue.name) ?? new Map<string, Waiting>();
    const taken = [...bells].slice(0, MAX_JOBS_PER_CALL);
    for (const [key] of taken) bells.delete(key);
    return taken.map(([, bell]) => bell);
  }

  /** One line for an outage, however many bells it swallows. */
  private reportOnce(queue: QueueDefinition, error: Error): void {
    if (this.failing.has(queue.name) || this.stopped) return;
    this.failing.add(queue.name);
    this.logger.warn(`Queue ${queue.name} cannot be reached; the sweeper will find what is due: ${error.message}`);
  }
}
