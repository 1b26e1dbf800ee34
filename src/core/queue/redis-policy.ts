import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';

const NEVER_EVICT = 'noeviction';
const CONNECT_TIMEOUT_MS = 2000;

/**
 * Refuses a Redis that may throw away what it holds when its memory is full: bells would vanish without any error. One that says no
 * more is not refused: the queue reports it, and what is due is found without bells. Nor is one that is away just now.
 *
 * @throws Error that says what to set
 */
export async function checkEvictionPolicy(url: string): Promise<void> {
  const policy = await readEvictionPolicy(url);
  if (policy === undefined || policy === NEVER_EVICT) return;
  throw new Error(
    `REDIS_URL: this Redis drops what does not fit into its memory (maxmemory-policy ${policy}). Set maxmemory-policy to ${NEVER_EVICT}.`,
  );
}

/** @returns undefined when it cannot be asked, or does not say */
async function readEvictionPolicy(url: string): Promise<string | undefined> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined); // what was asked is rejected with it
  try {
    await redis.connect();
    return /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
  } catch (error) {
    new Logger('Queue').warn(`Redis cannot be asked how it is set up: ${(error as Error).message}`);
    return undefined;
  } finally {
    redis.disconnect();
  }
}
