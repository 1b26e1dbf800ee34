import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';

const NEVER_EVICT = 'noeviction';
const CONNECT_TIMEOUT_MS = 2000;

/**
 * Rejects a Redis that evicts keys when its memory is full, since jobs would be lost without an error. A Redis that is unavailable or
 * does not report its policy is accepted: the queue reports an outage, and the sweeper finds due work without wake-ups.
 *
 * @throws Error with the setting to change
 */
export async function checkEvictionPolicy(url: string): Promise<void> {
  const policy = await readEvictionPolicy(url);
  if (policy === undefined || policy === NEVER_EVICT) return;
  throw new Error(
    `REDIS_URL: this Redis evicts keys when its memory is full (maxmemory-policy ${policy}). Set maxmemory-policy to ${NEVER_EVICT}.`,
  );
}

/** @returns undefined if Redis is unavailable or does not report the policy */
async function readEvictionPolicy(url: string): Promise<string | undefined> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined); // the pending command is rejected with it
  try {
    await redis.connect();
    return /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
  } catch (error) {
    new Logger('Queue').warn(`Cannot read the eviction policy of Redis: ${(error as Error).message}`);
    return undefined;
  } finally {
    redis.disconnect();
  }
}
