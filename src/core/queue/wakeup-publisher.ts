import { getQueueToken } from '@nestjs/bullmq';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { JobsOptions, Queue } from 'bullmq';
import { currentRequestId } from '../context/request-context.js';
import { WAKEUP_JOB_OPTIONS, type QueueDefinition } from './queue-definition.js';

/** Data of a wake-up: ids, and the id of the request that caused it, for searches in the logs. */
export type WakeupData = Readonly<Record<string, string>>;

export const queueByName = (moduleRef: ModuleRef, name: string): Queue =>
  moduleRef.get<Queue>(getQueueToken(name), { strict: false });

/** Wake-ups buffered while the queue is unavailable. More are dropped: the sweeper finds due work without them. */
const MAX_WAITING = 10_000;

/** Maximum jobs per call. The queue on Postgres takes a lock for each of them. */
const MAX_JOBS_PER_CALL = 500;

/** Delayed jobs have their own keys, so that a delayed job does not replace one that is due. */
const DELAYED = 'delayed:';

export interface WakeupOptions {
  /** Milliseconds until the job is due. It replaces a delayed job with the same key. */
  delayMs?: number;
}

interface Waiting {
  data: WakeupData;
  opts: JobsOptions;
}

/**
 * Enqueues wake-ups without blocking the caller. Wake-ups of the same moment are sent in one call; during a call, which may be
 * long when Redis is down, further ones are buffered, each key once. The queue holds at most one waiting job and one delayed job
 * per key, so a queue without workers does not grow with the traffic.
 */
@Injectable()
export class WakeupPublisher implements OnApplicationShutdown {
  private readonly logger = new Logger(WakeupPublisher.name);
  private readonly waiting = new Map<string, Map<string, Waiting>>();
  private readonly busy = new Set<string>();
  private readonly failing = new Set<string>();
  private stopped = false;

  constructor(private readonly moduleRef: ModuleRef) {}

  /** @param key wake-ups of one queue with the same key are merged until a worker starts the first */
  enqueue(queue: QueueDefinition, key: string, data: WakeupData, { delayMs }: WakeupOptions = {}): void {
    if (this.stopped) return;
    const wakeups = this.waiting.get(queue.name) ?? new Map<string, Waiting>();
    this.waiting.set(queue.name, wakeups);
    if (wakeups.size >= MAX_WAITING) return;
    const requestId = currentRequestId();
    const deduplication = delayMs === undefined ? { id: key } : { id: `${DELAYED}${key}`, replace: true };
    const opts = { ...WAKEUP_JOB_OPTIONS, deduplication, ...(delayMs === undefined ? {} : { delay: delayMs }) };
    wakeups.set(deduplication.id, { data: requestId ? { ...data, requestId } : data, opts });
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
    for (let wakeups = this.take(queue); wakeups.length > 0 && !this.stopped; wakeups = this.take(queue)) {
      try {
        await target.addBulk(wakeups.map(({ data, opts }) => ({ name: queue.name, data, opts })));
        if (this.failing.delete(queue.name)) this.logger.log(`Queue ${queue.name} is available again`);
      } catch (error) {
        this.reportOnce(queue, error as Error);
      }
    }
    this.busy.delete(queue.name);
  }

  private take(queue: QueueDefinition): Waiting[] {
    const wakeups = this.waiting.get(queue.name) ?? new Map<string, Waiting>();
    const taken = [...wakeups].slice(0, MAX_JOBS_PER_CALL);
    for (const [key] of taken) wakeups.delete(key);
    return taken.map(([, wakeup]) => wakeup);
  }

  /** Logs one line per outage. */
  private reportOnce(queue: QueueDefinition, error: Error): void {
    if (this.failing.has(queue.name) || this.stopped) return;
    this.failing.add(queue.name);
    this.logger.warn(`Queue ${queue.name} is unavailable; the sweeper will find due work: ${error.message}`);
  }
}
