import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';
import { ConnectorSession, type SessionIdentity } from './connector-session.js';

const MAX_BUFFERED = 1_048_576;
const IDENTITY = { actor: { kind: 'bot', id: 'echo', scopes: [] } } as unknown as SessionIdentity;

/** A socket of which the test is the other side. */
class FakeSocket extends EventEmitter {
  readyState: number = WebSocket.OPEN;
  bufferedAmount = 0;
  readonly sent: { id: number; payload?: { errorCode?: number } }[] = [];
  closedWith: number | undefined;
  pings = 0;
  isPaused = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as (typeof this.sent)[number]);
  }
  close(code: number): void {
    this.closedWith = code;
  }
  ping(): void {
    this.pings++;
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  terminate(): void {
    this.emit('close');
  }

  ask(id: number, method: string): void {
    this.emit('message', Buffer.from(JSON.stringify({ type: 1, id, method, payload: {} })), false);
  }
}

describe('ConnectorSession', () => {
  let socket: FakeSocket;
  let session: ConnectorSession;
  let calls: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    socket = new FakeSocket();
    calls = [];
    session = new ConnectorSession(socket as unknown as WebSocket, {
      requestsPerSecond: 1000,
      authTimeoutMs: 5000,
      maxCloggedMs: 30_000,
      authenticate: () => Promise.resolve(undefined),
      call: (method) => {
        calls.push(method);
        if (method === 'hang') return new Promise(() => undefined);
        return Promise.resolve(method === 'tooMuch' ? { text: 'x'.repeat(1_100_000) } : { method });
      },
    });
  });
  afterEach(() => {
    session.close([1000, '']);
    jest.clearAllTimers();
    jest.useRealTimers();
  });

  const answers = () => socket.sent.map(({ id, payload }) => [id, payload?.errorCode ?? 0]);

  it('answers each request within the time that clients wait, also those behind one that hangs', async () => {
    session.identify(IDENTITY);
    socket.ask(1, 'hang');
    await jest.advanceTimersByTimeAsync(5000);
    socket.ask(2, 'late');
    socket.ask(3, 'later');
    await jest.advanceTimersByTimeAsync(3999);
    expect(answers()).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(answers()).toEqual([
      [1, 301],
      [2, 0],
      [3, 0],
    ]);
  });

  it('does not begin what nobody waits for any more', async () => {
    session.identify(IDENTITY);
    for (const id of [1, 2]) socket.ask(id, 'hang');
    await jest.advanceTimersByTimeAsync(9000);
    expect(answers()).toEqual([
      [1, 301],
      [2, 301],
    ]);
    expect(calls).toEqual(['hang']);
  });

  it('answers what would not fit into a frame with an error', async () => {
    session.identify(IDENTITY);
    socket.ask(1, 'tooMuch');
    await jest.advanceTimersByTimeAsync(0);
    expect(answers()).toEqual([[1, 300]]);
  });

  it('lets go of who does not say in time who it is, after one refusal or none', async () => {
    socket.ask(1, 'getChats');
    socket.ask(2, 'auth');
    await jest.advanceTimersByTimeAsync(4999);
    expect(answers()).toEqual([[1, 200]]);
    expect(socket.closedWith).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    expect(socket.closedWith).toBe(4408);
  });

  it('lets go of who answers none of two pings', () => {
    session.beat();
    socket.emit('pong');
    for (let beats = 0; beats < 3; beats++) session.beat();
    expect(socket.pings).toBe(3);
    expect(socket.closedWith).toBe(1001);
  });

  it('does not ask or tell who reads nothing, and lets it go after a while', () => {
    session.identify(IDENTITY);
    session.outbox.openGate();
    socket.bufferedAmount = MAX_BUFFERED + 1;
    session.tell('sendMessage', {});
    expect(socket.sent).toEqual([]);
    session.beat();
    jest.advanceTimersByTime(30_000);
    session.beat();
    expect(socket.closedWith).toBeUndefined();
    jest.advanceTimersByTime(1);
    session.beat();
    expect(socket.closedWith).toBe(1013);
  });

  it('forgives who reads again', () => {
    session.identify(IDENTITY);
    socket.bufferedAmount = MAX_BUFFERED + 1;
    session.beat();
    jest.advanceTimersByTime(29_000);
    socket.bufferedAmount = 0;
    session.beat();
    socket.bufferedAmount = MAX_BUFFERED + 1;
    session.beat();
    jest.advanceTimersByTime(29_000);
    session.beat();
    expect(socket.closedWith).toBeUndefined();
  });

  it('tells all who wait for it when it is over, once, and cuts off who does not part', () => {
    const over = jest.fn();
    session.whenOver(over);
    const cut = jest.spyOn(socket, 'terminate');
    session.close([1012, 'The server restarts.']);
    session.close([1001, 'again']);
    expect(socket.closedWith).toBe(1012);
    jest.advanceTimersByTime(2000);
    expect(cut).toHaveBeenCalledTimes(1);
    expect(over).toHaveBeenCalledTimes(1);
    session.whenOver(over);
    expect(over).toHaveBeenCalledTimes(2);
  });
});
