/* eslint-disable @typescript-eslint/no-explicit-any -- payloads are untyped, as in clients */
import { WebSocket } from 'ws';
import { waitFor } from './wait-for.js';

/** A received frame. */
export interface ConnectorFrame {
  type: number;
  id: number;
  method?: string;
  payload?: any;
}

/** A received event. */
export interface ConnectorEvent {
  id: number;
  method: string;
  payload: any;
}

/** Validates payloads. Throws if a client could not read one. */
export interface PayloadReader {
  readResponse(method: string, payload: unknown): void;
  readEvent(method: string, payload: unknown): void;
}

export interface SocketOptions {
  receiveUnread?: boolean;
  receiveSystemMessageEnvelopes?: boolean;
  /** Whether each event is acknowledged at once, as clients do. */
  acknowledges?: boolean;
  protocols?: string[];
  path?: string;
  tlsRejectUnauthorized?: boolean;
  /** Validates all received payloads. */
  reader?: PayloadReader;
}

/** A response with an error code, thrown by `call`. */
export class ConnectorRequestError extends Error {
  constructor(
    readonly errorCode: number,
    readonly description: string,
  ) {
    super(`${errorCode}: ${description}`);
  }
}

/** Creates a token as clients do. */
export async function fetchToken(url: string, key: string): Promise<string> {
  const [username, password] = key.split(':');
  const response = await fetch(`${url}/bridge/api/client/v1/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: 'chat_bot', grant_type: 'password', username, password }),
  });
  if (response.status !== 201) throw new Error(`No token: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { access_token: string }).access_token;
}

/** A minimal socket bot. It acknowledges each event before it processes it. */
export class ConnectorClient {
  readonly frames: ConnectorFrame[] = [];
  readonly events: ConnectorEvent[] = [];
  /** Validation errors of received events. */
  readonly readErrors: string[] = [];
  userId = '';
  connectionId = '';
  closed: { code: number; reason: string } | undefined;
  acknowledges: boolean;
  private readonly reader: PayloadReader | undefined;
  private nextId: number;
  private consumedCount = 0;
  private readonly pending = new Map<number, (payload: any) => void>();

  private constructor(
    readonly socket: WebSocket,
    { acknowledges = true, reader }: SocketOptions,
  ) {
    this.reader = reader;
    this.acknowledges = acknowledges;
    // Ids can start at any number and have gaps.
    this.nextId = 100 + Math.floor(Math.random() * 1000);
    socket.on('message', (data: Buffer) => this.receive(data.toString('utf8')));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  /** Opens a socket without `auth`. */
  static async connect(url: string, options: SocketOptions = {}): Promise<ConnectorClient> {
    const { path = '/websocket/chat_bot', protocols = [], tlsRejectUnauthorized } = options;
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}`, protocols, {
      rejectUnauthorized: tlsRejectUnauthorized,
    });
    const client = new ConnectorClient(socket, options);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** Opens and authenticates a socket. */
  static async open(url: string, token: string, options: SocketOptions = {}): Promise<ConnectorClient> {
    const client = await ConnectorClient.connect(url, options);
    await client.auth(token, options);
    return client;
  }

  async auth(token: string, options: SocketOptions & { tokenType?: string } = {}): Promise<void> {
    const { receiveUnread = false, receiveSystemMessageEnvelopes = false, tokenType = 'JWT' } = options;
    const response = await this.call('auth', { token, tokenType, receiveUnread, receiveSystemMessageEnvelopes });
    this.userId = response.userId.split('/')[0];
    this.connectionId = response.connectionId;
    // The session becomes active after this event; callers that need it wait for the active session.
    await this.next('getFileUploadLimits');
  }

  /** @throws ConnectorRequestError */
  async call(method: string, payload: object = {}): Promise<any> {
    const response = await this.request(method, payload);
    if (response?.errorCode) throw new ConnectorRequestError(response.errorCode, response.errorDescription);
    this.reader?.readResponse(method, response);
    return response;
  }

  /** @returns the payload of the response, also of an error */
  request(method: string, payload: unknown = {}): Promise<any> {
    const id = this.nextId;
    this.nextId += 1 + Math.floor(Math.random() * 3);
    return this.requestWithId(id, { type: 1, id, method, payload });
  }

  /** Sends a custom frame and waits for the response with this id. */
  requestWithId(id: number, frame: unknown): Promise<any> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No response to ${JSON.stringify(frame)}`)), 10_000);
      this.pending.set(id, (payload) => {
        clearTimeout(timer);
        resolve(payload);
      });
      this.sendText(typeof frame === 'string' ? frame : JSON.stringify(frame));
    });
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  /** Waits for the next event of this method and skips events before it. */
  async next(method: string, matches: (payload: any) => boolean = () => true, timeoutMs = 5000): Promise<any> {
    const find = () =>
      this.events.findIndex(
        (event, index) => index >= this.consumedCount && event.method === method && matches(event.payload),
      );
    await waitFor(() => find() >= 0, { what: `an event ${method} (${this.describe()})`, timeoutMs });
    const index = find();
    this.consumedCount = index + 1;
    return this.events[index].payload;
  }

  /** Skips all events received so far. */
  skipEvents(): void {
    this.consumedCount = this.events.length;
  }

  /** The payloads of all received events of a method. */
  payloadsOf(method: string): any[] {
    return this.events.filter((event) => event.method === method).map(({ payload }) => payload);
  }

  acknowledge(id: number): void {
    this.sendText(JSON.stringify({ type: 2, id }));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.socket.close(1000);
    await waitFor(() => this.closed !== undefined, { what: 'the socket to close' });
  }

  waitClosed(timeoutMs = 5000): Promise<{ code: number; reason: string }> {
    return waitFor(() => this.closed, { what: 'the socket to close', timeoutMs });
  }

  private receive(text: string): void {
    const frame = JSON.parse(text) as ConnectorFrame;
    this.frames.push(frame);
    if (frame.type === 1) {
      if (this.acknowledges) this.acknowledge(frame.id);
      this.read(frame);
      this.events.push({ id: frame.id, method: frame.method!, payload: frame.payload });
      return;
    }
    this.pending.get(frame.id)?.(frame.payload);
    this.pending.delete(frame.id);
  }

  /** Records validation errors for the test to check. */
  private read({ method, payload }: ConnectorFrame): void {
    try {
      this.reader?.readEvent(method!, payload);
    } catch (error) {
      this.readErrors.push((error as Error).message);
    }
  }

  private describe(): string {
    return this.events.map(({ method }) => method).join(', ');
  }
}
