import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Request } from 'express';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Gauge } from 'prom-client';
import { WebSocketServer } from 'ws';
import { DomainError } from '../../core/errors/domain.error.js';
import { Metrics } from '../../core/health/metrics.js';
import { addressKey } from '../../core/rate-limit/client-address.js';
import type { RateLimit } from '../../core/rate-limit/rate-limit.js';
import { RateLimiter } from '../../core/rate-limit/rate-limiter.js';
import { Settings } from '../../core/config/settings.js';
import { ConnectorAuth } from './connector-auth.js';
import { CLOSE } from './connector-close.js';
import { ConnectorMethods } from './connector-methods.js';
import { ConnectorSession, type SessionHost } from './connector-session.js';
import { SocketAdmission } from './socket-admission.js';

/** Clients differ in the slash. */
export const SOCKET_PATHS: readonly string[] = ['/websocket/chat_bot', '/websocket/chat_bot/'];
const SUBPROTOCOL = 'json.v1';

/** Texts are 4096 characters at most, but their markup is not counted. */
const MAX_FRAME_BYTES = 65_536;
/** Pings are spread over the interval, so that not all sockets answer at once. */
const BEATS_PER_INTERVAL = 10;
/** Intervals in which a client reads nothing, before it is let go. */
const MAX_CLOGGED_INTERVALS = 1.5;

/** Clients take any status but 101 for a failed connection, and wait longer before each next one. */
const refusal = (status: string, retryAfterSeconds: number): string =>
  `HTTP/1.1 ${status}\r\nconnection: close\r\nretry-after: ${retryAfterSeconds}\r\ncontent-length: 0\r\n\r\n`;
const STOPPING = refusal('503 Service Unavailable', 1);
const RETRY_AFTER_SECONDS = 5;

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
  private readonly admission: SocketAdmission;
  private readonly connectionRate: RateLimit;
  private readonly host: SessionHost;
  private beats: NodeJS.Timeout | undefined;
  private beat = 0;
  private stopping = false;

  constructor(
    private readonly settings: Settings,
    private readonly adapter: HttpAdapterHost,
    private readonly rates: RateLimiter,
    auth: ConnectorAuth,
    methods: ConnectorMethods,
    metrics: Metrics,
  ) {
    this.admission = new SocketAdmission({
      maxUnauthenticated: settings.CONNECTOR_MAX_UNAUTHENTICATED,
      maxUnauthenticatedPerAddress: settings.CONNECTOR_MAX_UNAUTHENTICATED_PER_ADDRESS,
      maxPerAddress: settings.CONNECTOR_MAX_SOCKETS_PER_ADDRESS,
    });
    this.connectionRate = {
      name: 'connector-connections',
      code: 'connector.too_many_connections',
      what: 'socket connections from this address',
      windows: [{ max: settings.CONNECTOR_CONNECTIONS_PER_MINUTE, seconds: 60 }],
    };
    this.measure(metrics);
    this.host = {
      requestsPerSecond: settings.CONNECTOR_RATE_LIMIT,
      authTimeoutMs: settings.CONNECTOR_AUTH_TIMEOUT_MS,
      maxCloggedMs: settings.CONNECTOR_PING_MS * MAX_CLOGGED_INTERVALS,
      authenticate: async (session, payload) => {
        const answer = await auth.authenticate(session, payload);
        if (session.identity) this.admission.confirm(session);
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
      socket.on('error', () => undefined); // its end is all that matters
      void this.upgrade(request, socket, head);
    });
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Requests have the prototype of Express, whose `ip` honours TRUST_PROXY.
    const address = addressKey((request as Request).ip);
    const refused = (await this.findRefusal(address)) ?? (this.stopping ? STOPPING : undefined);
    if (refused !== undefined) return void socket.end(refused);
    if (socket.destroyed) return;
    this.sockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.admission.add(new ConnectorSession(webSocket, this.host), address),
    );
  }

  /** @returns what to answer instead of an upgrade, or undefined when the address may open one more socket */
  private async findRefusal(address: string): Promise<string | undefined> {
    if (this.stopping) return STOPPING;
    if (!this.admission.hasRoomFor(address)) return refusal('429 Too Many Requests', RETRY_AFTER_SECONDS);
    try {
      await this.rates.consume(this.connectionRate, address);
    } catch (error) {
      if (!(error instanceof DomainError)) {
        this.logger.warn(`Socket connections could not be counted: ${(error as Error).message}`);
        return undefined;
      }
      return refusal('429 Too Many Requests', Number(error.details?.retryAfterSeconds ?? RETRY_AFTER_SECONDS));
    }
    // Others of the same address may have come meanwhile.
    return this.admission.hasRoomFor(address) ? undefined : refusal('429 Too Many Requests', RETRY_AFTER_SECONDS);
  }

  /** Clients come back at once, so none is let in again; that makes them wait. */
  onModuleDestroy(): void {
    this.stopping = true;
    clearInterval(this.beats);
    const { openCount } = this.admission;
    if (openCount > 0) this.logger.log(`Closing ${openCount} sockets`);
    for (const session of [...this.admission.open]) session.close(CLOSE.restart);
  }

  private measure({ registry }: Metrics): void {
    const unacknowledged = () => [...this.admission.open].reduce((sum, { outbox }) => sum + outbox.unacknowledged, 0);
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
    for (const session of this.admission.open) if (index++ % BEATS_PER_INTERVAL === this.beat) session.beat();
  }
}
