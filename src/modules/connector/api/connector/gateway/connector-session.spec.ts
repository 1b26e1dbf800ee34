import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';
import { ConnectorSession, type SessionIdentity } from './connector-session.js';

const MAX_BUFFERED = 1_048_576;
const IDENTITY = { actor: { kind: 'bot', id: 'echo', scopes: [] } } as unknown as SessionIdentity;

/** A socket without a connection: the test is the client. */
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

  request(id: number, method: string): void {
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
      maxBackpressureMs: 30_000,
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

  const responses = () => socket.sent.map(({ id, payload }) => [id, payload?.errorCode ?? 0]);

  it('responds to each request within the response timeout, also behind one that hangs', async () => {
    session.identify(IDENTITY);
    socket.request(1, 'hang');
    await jest.advanceTimersByTimeAsync(5000);
    socket.request(2, 'late');
    socket.request(3, 'later');
    await jest.advanceTimersByTimeAsync(3999);
    expect(responses()).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(responses()).toEqual([
      [1, 301],
      [2, 0],
      [3, 0],
    ]);
  });

  it('does not start requests whose deadline has passed', async () => {
    session.identify(IDENTITY);
    for (const id of [1, 2]) socket.request(id, 'hang');
    await jest.advanceTimersByTimeAsync(9000);
    expect(responses()).toEqual([
      [1, 301],
      [2, 301],
    ]);
    expect(calls).toEqual(['hang']);
  });

  it('responds with an error when the response exceeds the frame limit', async () => {
    session.identify(IDENTITY);
    socket.request(1, 'tooMuch');
    await jest.advanceTimersByTimeAsync(0);
    expect(responses()).toEqual([[1, 300]]);
  });

  it('closes with 4408 a socket that is not authenticated in time', async () => {
    socket.request(1, 'getChats');
    socket.request(2, 'auth');
    await jest.advanceTimersByTimeAsync(4999);
    expect(responses()).toEqual([[1, 200]]);
    expect(socket.closedWith).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    expect(socket.closedWith).toBe(4408);
  });

  it('closes with 1001 after two pings without a pong', () => {
    session.heartbeat();
    socket.emit('pong');
    for (let i = 0; i < 3; i++) session.heartbeat();
    expect(socket.pings).toBe(3);
    expect(socket.closedWith).toBe(1001);
  });

  it('sends no events to a backpressured client and closes with 1013 after the limit', () => {
    session.identify(IDENTITY);
    session.pendingAcks.releaseHeld();
    socket.bufferedAmount = MAX_BUFFERED + 1;
    session.sendEvent('sendMessage', {});
    expect(socket.sent).toEqual([]);
    session.heartbeat();
    jest.advanceTimersByTime(30_000);
    session.heartbeat();
    expect(socket.closedWith).toBeUndefined();
    jest.advanceTimersByTime(1);
    session.heartbeat();
    expect(socket.closedWith).toBe(1013);
  });

  it('restarts the backpressure limit after the client has read', () => {
    session.identify(IDENTITY);
    socket.bufferedAmount = MAX_BUFFERED + 1;
    session.heartbeat();
    jest.advanceTimersByTime(29_000);
    socket.bufferedAmount = 0;
    session.heartbeat();
    socket.bufferedAmount = MAX_BUFFERED + 1;
    session.heartbeat();
    jest.advanceTimersByTime(29_000);
    session.heartbeat();
    expect(socket.closedWith).toBeUndefined();
  });

  it('calls close listeners once, and terminates the connection without a close handshake', () => {
    const listener = jest.fn();
    session.onClosed(listener);
    const terminate = jest.spyOn(socket, 'terminate');
    session.close([1012, 'The server is restarting.']);
    session.close([1001, 'again']);
    expect(socket.closedWith).toBe(1012);
    jest.advanceTimersByTime(2000);
    expect(terminate).toHaveBeenCalledTimes(1);
    expect(listener).toHaveBeenCalledTimes(1);
    session.onClosed(listener);
    expect(listener).toHaveBeenCalledTimes(2);
  });
});
