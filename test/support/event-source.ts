import { waitFor } from './wait-for.js';

/** A received event. */
export interface ReceivedEvent {
  id?: string;
  event: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the tests check its shape
  data: any;
}

/** A client of server-sent events that records all events and, unlike browsers, does not reconnect. */
export class EventSource {
  readonly events: ReceivedEvent[] = [];
  headers = new Headers();
  comments = 0;
  isClosed = false;
  private lastId: string | undefined;
  private readonly controller = new AbortController();

  private constructor() {}

  /** @throws Error if the response is not 200 */
  static async open(url: string, headers: Record<string, string>, lastEventId?: string): Promise<EventSource> {
    const source = new EventSource();
    source.lastId = lastEventId;
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...headers, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
      signal: source.controller.signal,
    });
    if (response.status !== 200) throw new Error(`${url} responded ${response.status}: ${await response.text()}`);
    source.headers = response.headers;
    void source.read(response.body!).finally(() => (source.isClosed = true));
    await source.next('ready');
    return source;
  }

  /** The `Last-Event-ID` of a reconnecting client. */
  get lastEventId(): string | undefined {
    return this.lastId;
  }

  ofType(type: string): ReceivedEvent[] {
    return this.events.filter(({ event }) => event === type);
  }

  /** The messages of all `message.created` events. */
  get messages(): { chatId: string; body: string }[] {
    return this.ofType('message.created').map(
      ({ data }) => (data as { message: { chatId: string; body: string } }).message,
    );
  }

  get bodies(): string[] {
    return this.messages.map(({ body }) => body);
  }

  /** Waits for an event of this type that `accept` accepts. */
  next(type: string, accept: (event: ReceivedEvent) => boolean = () => true): Promise<ReceivedEvent> {
    return waitFor(() => this.ofType(type).find(accept), { what: `the event ${type}` });
  }

  close(): void {
    this.controller.abort();
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    try {
      for await (const chunk of body.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>) {
        text += chunk;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          this.record(text.slice(0, end));
          text = text.slice(end + 2);
        }
      }
    } catch {
      // The connection is closed.
    }
  }

  private record(block: string): void {
    const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
    if (fields.has('')) this.comments++;
    const id = fields.get('id');
    if (id !== undefined) this.lastId = id;
    const data = fields.get('data');
    if (data !== undefined) this.events.push({ id, event: fields.get('event') ?? 'message', data: JSON.parse(data) });
  }
}
