import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Gauge } from 'prom-client';
import { WebSocketServer } from 'ws';
import { Metrics } from '../../core/health/metrics.js';
import { Settings } from '../../core/config/settings.js';
import { ConnectorAuth } from './connector-auth.js';
import { CLOSE } from './connector-close.js';
import { ConnectorMethods } from './connector-methods.js';
import { ConnectorSession, type SessionHost } from './connector-session.js';

/** Clients differ in the slash. */
export const SOCKET_PATHS: readonly string[] = ['/websocket/chat_bot', '/websocket/chat_bot/'];
const SUBPROTOCOL = 'json.v1';

/** Texts are 4096 characters at most, but their markup is not counted. */
const MAX_FRAME_BYTES = 65_536;
/** Sockets that have not said yet who they are. */
const MAX_STRANGERS = 1000;
/** Pings are spread over the interval, so that not all sockets answer at once. */
const BEATS_PER_INTERVAL = 10;
/** Intervals in which a client reads nothing, before it is let go. */
const MAX_CLOGGED_INTERVALS = 1.5;

const STOPPING = 'HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/** Accepts the sockets of bots, on any HTTP server of this process. Who they are, they say in their first frame. */
@Injectable()
export class ConnectorServer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ConnectorServer.name);
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false, // a small frame could become a large one
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  private readonly open = new Set<ConnectorSession>();
  /** Those of `open` that have not said yet who they are. */
  private readonly strangers = new Set<ConnectorSession>();
  readonly maxStrangers = MAX_STRANGERS;
  private readonly host: SessionHost;
  private beats: NodeJS.Timeout | undefined;
  private beat = 0;
  private stopping = false;

  constructor(
    private readonly settings: Settings,
    private readonly adapter: HttpAdapterHost,
    auth: ConnectorAuth,
    methods: ConnectorMethods,
    metrics: Metrics,
  ) {
    this.measure(metrics);
    this.host = {
      requestsPerSecond: settings.CONNECTOR_RATE_LIMIT,
      authTimeoutMs: settings.CONNECTOR_AUTH_TIMEOUT_MS,
      maxCloggedMs: settings.CONNECTOR_PING_MS * MAX_CLOGGED_INTERVALS,
      authenticate: async (session, payload) => {
        const answer = await auth.authenticate(session, payload);
        if (session.identity) this.strangers.delete(session);
        return answer;
      },
      call: (method, call, payload) => methods.answer(method, call, payload),
    };
  }

  onApplicationBootstrap(): void {
    const server = this.adapter.httpAdapter?.getHttpServer() as Server | undefined;
    if (server) this.attach(server);
    this.beats = setInterval(() => this.beatSome(), this.settings.CONNECTOR_PING_MS / BEATS_PER_INTERVAL).unref();
  }

  /** From now on sockets come in by this server too. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (this.stopping || this.strangers.size >= this.maxStrangers) return void socket.end(STOPPING);
      this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const session = new ConnectorSession(webSocket, this.host);
        this.open.add(session);
        this.strangers.add(session);
        session.whenOver(() => {
          this.open.delete(session);
          this.strangers.delete(session);
        });
      });
    });
  }

  /** Clients come back at once, so none is let in again; that makes them wait. */
  onModuleDestroy(): void {
    this.stopping = true;
    clearInterval(this.beats);
    if (this.open.size > 0) this.logger.log(`Closing ${this.open.size} sockets`);
    for (const session of [...this.open]) session.close(CLOSE.restart);
  }

  private measure({ registry }: Metrics): void {
    const unacknowledged = () => [...this.open].reduce((sum, { outbox }) => sum + outbox.unacknowledged, 0);
    new Gauge({
      name: 'ws_unacked',
      help: 'Events that bots were told over their sockets, and have not acknowledged yet.',
      registers: [registry],
      collect() {
        this.set(unacknowledged());
      },
    });
  }

  private beatSome(): void {
    this.beat = (this.beat + 1) % BEATS_PER_INTERVAL;
    let index = 0;
    for (const session of this.open) if (index++ % BEATS_PER_INTERVAL === this.beat) session.beat();
  }
}
