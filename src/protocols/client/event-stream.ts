import type { Response } from 'express';

/** One event as it goes over the line. */
export interface StreamEvent {
  event: string;
  data: object;
  /** Where a client that comes back goes on. Left out for what is not kept. */
  id?: string;
}

/** Whoever reads nothing for so long is gone, though its connection may not know. */
const DRAIN_TIMEOUT_MS = 30_000;

/** How long browsers wait before they come back. */
const RETRY_MS = 1000;

/** The server's end of a stream of server-sent events. */
export class EventStream {
  private readonly closing = new AbortController();

  constructor(private readonly response: Response) {
    if (response.destroyed) this.closing.abort();
    else response.on('close', () => this.closing.abort());
  }

  /** Aborted when the stream is over, from either end. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  open(): void {
    this.response.status(200);
    this.response.setHeader('content-type', 'text/event-stream');
    this.response.setHeader('cache-control', 'no-store, no-transform');
    this.response.setHeader('x-accel-buffering', 'no'); // nginx would hold events back
    this.response.setHeader('connection', 'close'); // nothing comes after a stream, and nobody should wait for it
    this.response.flushHeaders();
    this.response.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** Resolves when there is room for more: a slow reader slows down its own stream and holds nothing in memory. */
  async send(events: readonly StreamEvent[]): Promise<void> {
    for (const event of events) {
      if (this.signal.aborted) return;
      if (!this.response.write(render(event))) await this.drained();
    }
  }

  /** Keeps proxies from taking the connection for dead. */
  async beat(): Promise<void> {
    if (!this.signal.aborted && !this.response.write(': still here\n\n')) await this.drained();
  }

  end(): void {
    this.closing.abort();
    this.response.end();
  }

  private drained(): Promise<void> {
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

/** JSON has no raw line breaks, so one `data` line is enough. */
function render({ id, event, data }: StreamEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
