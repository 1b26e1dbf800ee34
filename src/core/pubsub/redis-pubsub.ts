import { type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { PubSubBatch, PubSub, type PubSubMessage } from './pubsub.js';

const CHANNEL = 'parley:live';
const MAX_PAYLOAD_BYTES = 65_536;

/** Redis pub/sub. While Redis is unavailable, notifications are dropped; subscribers find missed messages by their cursors. */
export class RedisPubSub extends PubSub implements OnModuleInit, OnApplicationShutdown {
  private readonly publisher: Redis;
  private readonly subscriber: Redis;
  private readonly batch = new PubSubBatch(MAX_PAYLOAD_BYTES, async (payload) => {
    await this.publisher.publish(CHANNEL, payload).catch(() => undefined);
  });

  constructor(url: string) {
    super();
    const retryStrategy = (tries: number) => Math.min(100 * tries, 2000);
    this.publisher = new Redis(url, { enableOfflineQueue: false, retryStrategy });
    this.subscriber = new Redis(url, { maxRetriesPerRequest: null, retryStrategy });
    for (const client of [this.publisher, this.subscriber]) {
      client.on('error', (error: Error) => this.logger.debug(error.message));
    }
  }

  onModuleInit(): void {
    this.subscriber.on('message', (_channel, payload: string) => this.receive(payload));
    // Not awaited: the API starts and serves while Redis is unavailable. ioredis resubscribes after each reconnect.
    this.subscriber.subscribe(CHANNEL).catch((error: Error) => this.logger.debug(error.message));
  }

  publish(topic: string, message: PubSubMessage): void {
    this.batch.add({ topic, message });
  }

  onApplicationShutdown(): void {
    this.publisher.disconnect();
    this.subscriber.disconnect();
  }
}
