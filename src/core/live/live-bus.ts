/** A hint to whoever is watching: ids and numbers. What it tells of is read from the database. */
export type LiveMessage = Readonly<Record<string, string | number>>;

export type LiveHandler = (message: LiveMessage) => void;

/**
 * Carries hints between processes, at most once: a viewer that misses one finds the message by its cursor at the next look.
 * Publishing never waits and never fails.
 */
export abstract class LiveBus {
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

  protected dispatch(envelope: LiveEnvelope): void {
    this.handlers.get(envelope.topic)?.forEach((handler) => handler(envelope.message));
  }
}

export interface LiveEnvelope {
  topic: string;
  message: LiveMessage;
}

/**
 * Gathers what is published in one turn of the event loop, so that a batch of messages costs one round trip.
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
    this.waiting.push(JSON.stringify(envelope));
    if (this.sending) return;
    this.sending = true;
    setImmediate(() => void this.drain());
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) await this.send(`[${this.take().join(',')}]`);
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
