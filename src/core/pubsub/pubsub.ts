import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';

/** A notification for subscribers: ids and numbers. Subscribers read the data from the database. */
export type PubSubMessage = Readonly<Record<string, string | number>>;

export type PubSubHandler = (message: PubSubMessage) => void;

/**
 * Publishes notifications between processes, at most once: a subscriber that misses one finds the message by its cursor at the next
 * query. Publishing never waits and never fails.
 */
export abstract class PubSub {
  protected readonly logger = new Logger(PubSub.name);
  private readonly handlers = new Map<string, Set<PubSubHandler>>();

  /** @param topic for example `chat:<id>` */
  abstract publish(topic: string, message: PubSubMessage): void;

  /** @returns a function that ends the subscription */
  subscribe(topic: string, handler: PubSubHandler): () => void {
    const handlers = this.handlers.get(topic) ?? new Set();
    this.handlers.set(topic, handlers.add(handler));
    return () => {
      handlers.delete(handler);
      if (handlers.size === 0) this.handlers.delete(topic);
    };
  }

  /** Passes a received payload to the handlers. It never throws: in a socket's event handler an error would crash the process. */
  protected receive(payload: string): void {
    try {
      for (const { topic, message } of JSON.parse(payload) as PubSubEnvelope[]) {
        for (const handler of this.handlers.get(topic) ?? []) this.call(handler, message);
      }
    } catch (error) {
      this.logger.debug(`Malformed pub/sub payload: ${(error as Error).message}`);
    }
  }

  private call(handler: PubSubHandler, message: PubSubMessage): void {
    try {
      handler(message);
    } catch (error) {
      this.logger.error('A live subscriber failed', (error as Error).stack);
    }
  }
}

export interface PubSubEnvelope {
  topic: string;
  message: PubSubMessage;
}

/** Notifications buffered during a send. More are dropped, since delivery is not guaranteed. */
const MAX_WAITING = 10_000;

/** Milliseconds for which notifications are collected after a batch. The delay is imperceptible and reduces the sends of a busy server. */
const GATHER_MS = 20;

/**
 * Batches published notifications into one round trip. The first one after a pause is sent at once.
 *
 * @param send receives a JSON array of envelopes of at most `maxBytes`; a single envelope may be longer
 */
export class PubSubBatch {
  private waiting: string[] = [];
  private sending = false;

  constructor(
    private readonly maxBytes: number,
    private readonly send: (payload: string) => Promise<void>,
  ) {}

  add(envelope: PubSubEnvelope): void {
    if (this.waiting.length >= MAX_WAITING) return;
    this.waiting.push(JSON.stringify(envelope));
    if (this.sending) return;
    this.sending = true;
    setImmediate(() => void this.drain());
  }

  /** Sends all waiting notifications, in as many payloads as needed, and pauses after that. */
  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      for (let left = this.waiting.length; left > 0;) {
        const items = this.take();
        left -= items.length;
        await this.send(`[${items.join(',')}]`);
      }
      await sleep(GATHER_MS, undefined, { ref: false });
    }
    this.sending = false;
  }

  private take(): string[] {
    let bytes = 2;
    let count = 0;
    for (const item of this.waiting) {
      bytes += Buffer.byteLength(item) + 1;
      if (count > 0 && bytes > this.maxBytes) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }
}
