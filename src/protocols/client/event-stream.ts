import type { Response } from 'express';

/** A server-sent event. */
export interface StreamEvent {
  event: string;
  data: object;
  /** Position from which a client resumes. Omitted for events that are not stored. */
  id?: string;
}

/** A client that reads nothing for this long is disconnected. */
const DRAIN_TIMEOUT_MS = 30_000;

/** Delay of browsers before they reconnect. */
const RETRY_MS = 1000;

/** A stream of server-sent events. */
export class EventStream {
  private readonly closing = new AbortController();

  constructor(private readonly response: Response) {
    if (response.destroyed) this.closing.abort();
    else response.on('close', () => this.closing.abort());
  }

  /** Aborted when either side closes the stream. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  open(): void {
    this.response.status(200);
    this.response.setHeader('content-type', 'text/event-stream');
    this.response.setHeader('cache-control', 'no-store, no-transform');
    this.response.setHeader('x-accel-buffering', 'no'); // disables buffering in nginx
    this.response.setHeader('connection', 'close'); // the connection is not reused after a stream
    this.response.flushHeaders();
    this.response.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** Resolves when the socket accepts more, so a slow client delays only its own stream and uses no memory. */
  async send(events: readonly StreamEvent[]): Promise<void> {
    for (const event of events) {
      if (this.signal.aborted) return;
      if (!this.response.write(render(event))) await this.waitForDrain();
    }
  }

  /** Sends a comment, so that proxies keep the connection. */
  async sendHeartbeat(): Promise<void> {
    if (!this.signal.aborted && !this.response.write(': still here\n\n')) await this.waitForDrain();
  }

  close(): void {
    this.closing.abort();
    this.response.end();
  }

  private waitForDrain(): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        this.response.off('drain', settle);
        this.signal.removeEventListener('abort', settle);
        resolve();
      };
      const timer = setTimeout(() => this.response.destroy(), DRAIN_TIMEOUT_MS);
      this.response.once('drain', settle);
      this.signal.addEventListener('abort', settle, { once: true });
    });
  }
}

/** JSON has no raw line breaks, so one `data` line suffices. */
function render({ id, event, data }: StreamEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
