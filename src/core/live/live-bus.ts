import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';

/** A hint to whoever is watching: ids and numbers. What it tells of is read from the database. */
export type LiveMessage = Readonly<Record<string, string | number>>;

export type LiveHandler = (message: LiveMessage) => void;

/**
 * Carries hints between processes, at most once: a viewer that misses one finds the message by its cursor at the next look.
 * Publishing never waits and never fails.
 */
export abstract class LiveBus {
  protected readonly logger = new Logger(LiveBus.name);
  private readonly handlers = new Map<string, Set<LiveHandler>>();

  /** @param topic for example `chat:<id>` */
  abstract publish(topic: string, message: LiveMessage): void;

  /** @returns a function that ends the subscription */
  subscribe(topic: string, handler: LiveHandler): () => void {
    const handlers = this.handlers.get(topic) ?? new Set();
    this.handlers.set(topic, handlers.add(handler));
    return () => {
      handlers.delete(handler);
      if (handlers.size === 0) this.handlers.delete(topic);
    };
  }

  /** Hands on what has come in. Whatever it is: this runs in a socket's event, where an error would end the process. */
  protected receive(payload: string): void {
    try {
      for (const { topic, message } of JSON.parse(payload) as LiveEnvelope[]) {
        for (const handler of this.handlers.get(topic) ?? []) this.tell(handler, message);
      }
    } catch (error) {
      this.logger.debug(`A live hint was no hint: ${(error as Error).message}`);
    }
  }

  private tell(handler: LiveHandler, message: LiveMessage): void {
    try {
      handler(message);
    } catch (error) {
      this.logger.error('A live viewer failed', (error as Error).stack);
    }
  }
}

export interface LiveEnvelope {
  topic: string;
  message: LiveMessage;
}

/** Hints held back while a send is under way. More are dropped: nobody may count on a hint. */
const MAX_WAITING = 10_000;

/** How long hints gather once one batch has gone out: nobody sees the difference, and a busy server sends far fewer. */
const GATHER_MS = 20;

/**
 * Gathers what is published, so that a batch of messages costs one round trip. The first hint after a pause goes out at once.
 *
 * @param send gets the JSON of an array of envelopes, at most `maxBytes` long (one alone may be longer)
 */
export class LiveBatch {
  private waiting: string[] = [];
  private sending = false;

  constructor(
    private readonly maxBytes: number,
    private readonly send: (payload: string) => Promise<void>,
  ) {}

  add(envelope: LiveEnvelope): void {
    if (this.waiting.length >= MAX_WAITING) return;
    this.waiting.push(JSON.stringify(envelope));
    if (this.sending) return;
    this.sending = true;
    setImmediate(() => void this.drain());
  }

  /** Sends all that waits, in as many payloads as it takes; only then does it pause. */
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
