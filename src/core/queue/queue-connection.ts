import { createRedisBackend, type QueueOptions, setDefaultBackendFactory } from 'bullmq';
import pg from 'pg';
import type { Settings } from '../config/settings.js';
import { MAX_LIFETIME_SECONDS } from '../database/data-source.js';
import { createSharingBackend } from '../patches/bullmq-pool/sharing-backend.js';

/** BullMQ's default waits up to 20 s between attempts, which delays deliveries after an outage of Redis. */
const MAX_RECONNECT_DELAY_MS = 1000;
const CONNECT_TIMEOUT_MS = 4000;

/**
 * Selects BullMQ's backend for the whole process: Redis if `REDIS_URL` is set, else Postgres. Must be called before any queue or
 * worker is created.
 *
 * @throws Error if Redis would evict jobs when its memory is full
 */
export async function connectQueues(settings: Settings): Promise<QueueOptions> {
  if (settings.REDIS_URL) await (await import('./redis-policy.js')).checkEvictionPolicy(settings.REDIS_URL);
  setDefaultBackendFactory((settings.REDIS_URL ? createRedisBackend : createSharingBackend) as never);
  return { connection: settings.REDIS_URL ? redisConnection(settings.REDIS_URL) : postgresPool(settings) };
}

function redisConnection(url: string): QueueOptions['connection'] {
  return {
    url,
    maxRetriesPerRequest: null,
    retryStrategy: (tries: number) => Math.min(100 * 2 ** tries, MAX_RECONNECT_DELAY_MS),
  };
}

/** Connections for the statements of all queues and workers of a process, which are few and short. */
const SHARED = 3;

/** @returns the maximum number of Postgres connections of the queues of a process: each worker keeps one to LISTEN for jobs */
export const queueConnections = ({ REDIS_URL, ROLES }: Settings, queueCount: number): number =>
  REDIS_URL ? 0 : SHARED + (ROLES.includes('worker') ? queueCount : 0);

/**
 * One pool for all queues and workers; by default BullMQ creates one for each of them. Its connections are sessions with the search
 * path that BullMQ's statements require. It does not keep the process alive, so it need not be ended.
 */
function postgresPool(settings: Settings): QueueOptions['connection'] {
  const pool = new pg.Pool({
    connectionString: settings.directDatabaseUrl,
    max: SHARED,
    application_name: 'parley-queue',
    options: '-c search_path=bullmq',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    allowExitOnIdle: true,
  });
  pool.setMaxListeners(0); // one listener for each queue and each worker
  pool.on('error', () => undefined); // the queues and workers report it
  pool.on('connect', (client) => void client.on('error', () => undefined)); // the user of the connection reports it
  return pool;
}
