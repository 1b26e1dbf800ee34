import { createPostgresBackend, createRedisBackend, type QueueOptions, setDefaultBackendFactory } from 'bullmq';
import type { Settings } from '../config/settings.js';

/** BullMQ's default waits up to 20 s between tries once Redis has been away a while; people are waiting for their bots. */
const MAX_RECONNECT_DELAY_MS = 1000;

/**
 * Chooses BullMQ's backend for the whole process: Redis when `REDIS_URL` is set, else the Postgres that we have anyway.
 * Must be called before any queue or worker is made.
 *
 * @throws Error when the Redis would lose bells as soon as its memory is full
 */
export async function connectQueues(settings: Settings): Promise<QueueOptions> {
  if (settings.REDIS_URL) await (await import('./redis-policy.js')).checkEvictionPolicy(settings.REDIS_URL);
  setDefaultBackendFactory((settings.REDIS_URL ? createRedisBackend : createPostgresBackend) as never);
  return { connection: settings.REDIS_URL ? redisConnection(settings.REDIS_URL) : postgresConnection(settings) };
}

function redisConnection(url: string): QueueOptions['connection'] {
  return {
    url,
    maxRetriesPerRequest: null,
    retryStrategy: (tries: number) => Math.min(100 * 2 ** tries, MAX_RECONNECT_DELAY_MS),
  };
}

/** Each queue and each worker has a pool of its own, so each may be small. */
function postgresConnection(settings: Settings): QueueOptions['connection'] {
  return { connectionString: settings.databaseUrl, max: 4, application_name: 'parley-queue' };
}
