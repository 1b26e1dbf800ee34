/* eslint-disable @typescript-eslint/no-explicit-any -- payloads are read as a client without types reads them */
import { WebSocket } from 'ws';
import { waitFor } from './wait-for.js';

/** A frame as it came. */
export interface ConnectorFrame {
  type: number;
  id: number;
  method?: string;
  payload?: any;
}

/** An event, in the order of arrival. */
export interface ConnectorEvent {
  id: number;
  method: string;
  payload: any;
}

/** Throws at what a client could not read. */
export interface PayloadReader {
  readResponse(method: string, payload: unknown): void;
  readEvent(method: string, payload: unknown): void;
}

export interface SocketOptions {
  receiveUnread?: boolean;
  receiveSystemMessageEnvelopes?: boolean;
  /** Whether each event is acknowledged at once, as real clients do. */
  acknowledges?: boolean;
  protocols?: string[];
  path?: string;
  tlsRejectUnauthorized?: boolean;
  /** Looks at all that comes. */
  reader?: PayloadReader;
}

/** An answer with an error code, thrown by `call`. */
export class ConnectorRefusal extends Error {
  constructor(
    readonly errorCode: number,
    readonly description: string,
  ) {
    super(`${errorCode}: ${description}`);
  }
}

/** Asks for a token as clients do. */
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

/** A socket bot of our own, written from the contract: it acknowledges each event at once, before anything else is done with it. */
export class ConnectorClient {
  readonly frames: ConnectorFrame[] = [];
  readonly events: ConnectorEvent[] = [];
  /** Why events could not be read. */
  readonly faults: string[] = [];
  userId = '';
  connectionId = '';
  closed: { code: number; reason: string } | undefined;
  acknowledges: boolean;
  private readonly reader: PayloadReader | undefined;
  private nextId: number;
  private taken = 0;
  private readonly answers = new Map<number, (payload: any) => void>();

  private constructor(
    readonly socket: WebSocket,
    { acknowledges = true, reader }: SocketOptions,
  ) {
    this.reader = reader;
    this.acknowledges = acknowledges;
    // Ids neither begin at 1 nor have to be without gaps.
    this.nextId = 100 + Math.floor(Math.random() * 1000);
    socket.on('message', (data: Buffer) => this.receive(data.toString('utf8')));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  /** Opens a socket and says nothing. */
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

  /** Opens a socket and says who it is. */
  static async open(url: string, token: string, options: SocketOptions = {}): Promise<ConnectorClient> {
    const client = await ConnectorClient.connect(url, options);
    await client.auth(token, options);
    return client;
  }

  async auth(token: string, options: SocketOptions & { tokenType?: string } = {}): Promise<void> {
    const { receiveUnread = false, receiveSystemMessageEnvelopes = false, tokenType = 'JWT' } = options;
    const answer = await this.call('auth', { token, tokenType, receiveUnread, receiveSystemMessageEnvelopes });
    this.userId = answer.userId.split('/')[0];
    this.connectionId = answer.connectionId;
    // A session hears once it is registered, which the first event after the answer does not tell. Its own calls queue behind it.
    await this.next('getFileUploadLimits');
  }

  /** @throws ConnectorRefusal */
  async call(method: string, payload: object = {}): Promise<any> {
    const answer = await this.ask(method, payload);
    if (answer?.errorCode) throw new ConnectorRefusal(answer.errorCode, answer.errorDescription);
    this.reader?.readResponse(method, answer);
    return answer;
  }

  /** @returns the payload of the response, whatever it is */
  ask(method: string, payload: unknown = {}): Promise<any> {
    const id = this.nextId;
    this.nextId += 1 + Math.floor(Math.random() * 3);
    return this.askAs(id, { type: 1, id, method, payload });
  }

  /** Sends a frame of one's own making, and waits for the response with this id. */
  askAs(id: number, frame: unknown): Promise<any> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No answer to ${JSON.stringify(frame)}`)), 10_000);
      this.answers.set(id, (payload) => {
        clearTimeout(timer);
        resolve(payload);
      });
      this.sendText(typeof frame === 'string' ? frame : JSON.stringify(frame));
    });
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  /** The next event of this method that was not taken yet; those before it are passed over. */
  async next(method: string, fits: (payload: any) => boolean = () => true, timeoutMs = 5000): Promise<any> {
    const find = () =>
      this.events.findIndex((event, index) => index >= this.taken && event.method === method && fits(event.payload));
    await waitFor(() => find() >= 0, { what: `an event ${method} (${this.describe()})`, timeoutMs });
    const index = find();
    this.taken = index + 1;
    return this.events[index].payload;
  }

  /** Passes over all that has come so far. */
  forget(): void {
    this.taken = this.events.length;
  }

  /** The payloads of all events of a method, from the beginning. */
  all(method: string): any[] {
    return this.events.filter((event) => event.method === method).map(({ payload }) => payload);
  }

  acknowledge(id: number): void {
    this.sendText(JSON.stringify({ type: 2, id }));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.socket.close(1000);
    await waitFor(() => this.closed !== undefined, { what: 'the end of the socket' });
  }

  waitClosed(timeoutMs = 5000): Promise<{ code: number; reason: string }> {
    return waitFor(() => this.closed, { what: 'the end of the socket', timeoutMs });
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
    this.answers.get(frame.id)?.(frame.payload);
    this.answers.delete(frame.id);
  }

  /** What cannot be read is told by the test that waits for it. */
  private read({ method, payload }: ConnectorFrame): void {
    try {
      this.reader?.readEvent(method!, payload);
    } catch (error) {
      this.faults.push((error as Error).message);
    }
  }

  private describe(): string {
    return this.events.map(({ method }) => method).join(', ');
  }
}
