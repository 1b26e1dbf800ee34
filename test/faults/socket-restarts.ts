import { WebSocket } from 'ws';
import { ClientApi } from '../support/client-api.js';
import { fetchToken } from '../support/connector-client.js';
import { createMigratedDatabase } from '../support/migrated-database.js';
import { type ParleyProcess, startParley } from '../support/parley-process.js';
import { waitFor } from '../support/wait-for.js';

const CLIENTS = 20;
/** Clients wait after a refused connection, and reconnect at once after a close. */
const BACK_OFF_MS = 100;
const RESTART = 1012;

/** A client of the contract: reconnects at once after a close, and waits after a refused connection or status. */
class ReconnectingClient {
  authenticated = 0;
  /** Errors that real clients do not handle. */
  readonly faults: string[] = [];
  isOnline = false;
  private socket: WebSocket | undefined;
  private isOver = false;

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {
    this.connect();
  }

  end(): void {
    this.isOver = true;
    this.socket?.terminate();
  }

  private connect(): void {
    if (this.isOver) return;
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/websocket/chat_bot`);
    this.socket = socket;
    let isOpen = false;
    socket.on('open', () => {
      isOpen = true;
      const payload = { token: this.token, tokenType: 'JWT' };
      socket.send(JSON.stringify({ type: 1, id: 1, method: 'auth', payload }));
    });
    socket.on('message', (data: Buffer) => {
      if (!data.toString().includes('connectionId')) return;
      this.authenticated += 1;
      this.isOnline = true;
    });
    socket.on('unexpected-response', (_request, { statusCode }) => {
      if (statusCode !== 503) this.faults.push(`status ${statusCode}`);
      socket.terminate();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isRefused = error.code === 'ECONNREFUSED' || error.message.includes('closed before the connection');
      if (!this.isOver && !isRefused) this.faults.push(`${error.code ?? ''} ${error.message}`);
    });
    socket.on('close', (code) => {
      this.isOnline = false;
      if (this.isOver) return;
      if (isOpen && code !== RESTART) this.faults.push(`closed with ${code}`);
      if (isOpen) this.connect();
      else setTimeout(() => this.connect(), BACK_OFF_MS);
    });
  }
}

/**
 * Restarts a process repeatedly on one port, with reconnecting clients.
 *
 * @returns the errors of clients other than refused connections, 503 and the announced end of their session
 */
export async function restartUnderSockets(restarts: number): Promise<string[]> {
  const database = await createMigratedDatabase();
  const start = (port?: number): Promise<ParleyProcess> =>
    startParley({ role: 'api', databaseUrl: database.url, port, env: { CONNECTOR_MAX_SESSIONS: String(2 * CLIENTS) } });
  let process = await start();
  const { url } = process;
  const bot = await new ClientApi(url).createBot('Restarted');
  const token = await fetchToken(url, bot.key);
  const clients = Array.from({ length: CLIENTS }, () => new ReconnectingClient(url, token));
  const faults = () => clients.flatMap((client) => client.faults);
  const online = () =>
    waitFor(() => clients.every(({ isOnline }) => isOnline), {
      what: `all clients online (${faults().join('; ')})`,
      timeoutMs: 20_000,
    });
  try {
    for (let restart = 0; restart < restarts; restart++) {
      await online();
      const { code } = await process.program.kill('SIGTERM');
      if (code !== 0) throw new Error(`The process ended with ${code}:\n${process.program.output}`);
      process = await start(Number(new URL(url).port));
    }
    await online();
    return faults();
  } finally {
    for (const client of clients) client.end();
    await process.program.kill('SIGKILL');
    await database.drop();
  }
}
