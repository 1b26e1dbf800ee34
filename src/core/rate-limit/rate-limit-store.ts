import type { EventEmitter } from 'node:events';
import type { Pool, QueryConfig, QueryResult } from 'pg';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import type { Settings } from '../config/settings.js';
import type { Database } from '../database/database.js';
import { StoreTimeout, STORE_TIMEOUT_MS } from './store-timeout.js';
import type { RateLimit, RateWindow } from './rate-limit.js';

/** Counts windows for all processes in Redis or PostgreSQL, and in memory while that is unavailable. */
export interface RateLimitStore {
  /** @returns the counter of one window of a limit */
  counterOf(limit: RateLimit, window: RateWindow): RateLimiterAbstract;
  close(): void;
}

const optionsOf = ({ name }: RateLimit, { max, seconds }: RateWindow) => ({
  keyPrefix: `${name}/${seconds}`,
  points: max,
  duration: seconds,
  // A key without points is rejected from memory, so that further requests cause no writes.
  inMemoryBlockOnConsumed: max,
  insuranceLimiter: new RateLimiterMemory({ keyPrefix: `${name}/${seconds}`, points: max, duration: seconds }),
});

export class PostgresRateLimitStore implements RateLimitStore {
  private readonly client: { query(query: QueryConfig): Promise<QueryResult> };

  constructor(database: Database) {
    const storeTimeout = new StoreTimeout();
    // Never in the caller's transaction: the count stays if that is rolled back.
    const pool = (): Pool => database.requestPool;
    this.client = { query: (query) => storeTimeout.run(() => pool().query(query)) };
  }

  counterOf(limit: RateLimit, window: RateWindow): RateLimiterAbstract {
    return new RateLimiterPostgres({
      ...optionsOf(limit, window),
      storeClient: this.client,
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: false,
    });
  }

  close(): void {
    // The pool belongs to the database module.
  }
}

/** @returns the store for the settings */
export async function openRateLimitStore(settings: Settings, database: Database): Promise<RateLimitStore> {
  if (!settings.REDIS_URL) return new PostgresRateLimitStore(database);
  const { Redis } = await import('ioredis');
  const redis = new Redis(settings.REDIS_URL, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: STORE_TIMEOUT_MS,
    retryStrategy: (tries: number) => Math.min(100 * tries, 2000),
  });
  redis.on('error', () => undefined); // the live bus logs outages of Redis
  await settledConnection(redis);
  return {
    counterOf: (limit, window) =>
      new RateLimiterRedis({ ...optionsOf(limit, window), storeClient: redis, rejectIfRedisNotReady: true }),
    close: () => redis.disconnect(),
  };
}

/** Waits for the connection at startup, so that the process counts in memory only if Redis is unavailable. */
function settledConnection(redis: EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, STORE_TIMEOUT_MS);
    for (const event of ['ready', 'error']) {
      redis.once(event, () => {
        clearTimeout(timer);
        resolve();
      });
    }
  });
}
