import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Gauge } from 'prom-client';
import { Metrics } from '../health/metrics.js';
import { queueByName } from './wakeup-publisher.js';
import { QUEUE_DEFINITIONS, type QueueDefinition } from './queue-definition.js';

/** Timeout of a scrape for an unavailable backend. */
const COUNT_TIMEOUT_MS = 1000;

const STATES = ['waiting', 'active', 'delayed'] as const;

/** Number of jobs per queue, counted when the metrics are collected; NaN while the backend of the queue is unavailable. */
@Injectable()
export class QueueMetrics {
  constructor(
    { registry }: Metrics,
    moduleRef: ModuleRef,
    @Inject(QUEUE_DEFINITIONS) table: readonly QueueDefinition[],
  ) {
    const unknown: Record<string, number> = {};
    const count = async (name: string): Promise<Record<string, number>> => {
      const counts = queueByName(moduleRef, name).getJobCounts(...STATES);
      return Promise.race([counts, sleep(COUNT_TIMEOUT_MS, unknown, { ref: false })]).catch(() => unknown);
    };
    new Gauge({
      name: 'parley_queue_jobs',
      help: 'Jobs of a queue, by their state.',
      labelNames: ['queue', 'state'] as const,
      registers: [registry],
      async collect() {
        const counted = await Promise.all(table.map(async ({ name }) => [name, await count(name)] as const));
        for (const [queue, counts] of counted) {
          for (const state of STATES) this.set({ queue, state }, counts[state] ?? NaN);
        }
      },
    });
  }
}
