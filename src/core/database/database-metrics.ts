import type { Pool } from 'pg';
import { Gauge, Histogram, type Metric } from 'prom-client';
import { measureConnect } from '../patches/pg-pool/measured-connect.js';

/** Seconds; from no wait to the longest wait of a request. */
const WAIT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const watched = new Map<string, Pool>();

const queueAge = new Histogram({
  name: 'parley_group_commit_queue_age_seconds',
  help: 'Age of the oldest item of a group commit when its transaction begins.',
  labelNames: ['name'] as const,
  buckets: WAIT_BUCKETS,
  registers: [],
});

const poolWait = new Histogram({
  name: 'parley_database_pool_wait_seconds',
  help: 'Time until a connection of the pool was acquired.',
  labelNames: ['pool'] as const,
  buckets: WAIT_BUCKETS,
  registers: [],
});

const poolConnections = new Gauge({
  name: 'parley_database_pool_connections',
  help: 'Connections of the pool by state.',
  labelNames: ['pool', 'state'] as const,
  registers: [],
  collect() {
    for (const [pool, { totalCount, idleCount }] of watched) {
      this.set({ pool, state: 'idle' }, idleCount);
      this.set({ pool, state: 'used' }, totalCount - idleCount);
    }
  },
});

const poolWaiting = new Gauge({
  name: 'parley_database_pool_waiting',
  help: 'Requests that wait for a connection of the pool.',
  labelNames: ['pool'] as const,
  registers: [],
  collect() {
    for (const [pool, { waitingCount }] of watched) this.set({ pool }, waitingCount);
  },
});

/** Global, since group commits are created outside of dependency injection. The database module registers them. */
export const DATABASE_METRICS: readonly Metric[] = [queueAge, poolWait, poolConnections, poolWaiting];

export const observeQueueAge = (name: string, ageMs: number): void => queueAge.observe({ name }, ageMs / 1000);

/** Measures the wait for connections of a pool, and their number. */
export function measurePool(name: string, pool: Pool): void {
  watched.set(name, pool);
  measureConnect(pool, (waitMs) => poolWait.observe({ pool: name }, waitMs / 1000));
}
