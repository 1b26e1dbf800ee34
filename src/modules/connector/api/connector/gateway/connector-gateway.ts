import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Request } from 'express';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Gauge } from 'prom-client';
import { WebSocketServer } from 'ws';
import { DomainError } from '../../../../../core/errors/domain.error.js';
import { Metrics } from '../../../../../core/health/metrics.js';
import { addressKey } from '../../../../../core/rate-limit/client-address.js';
import type { RateLimit } from '../../../../../core/rate-limit/rate-limit.js';
import { RateLimiter } from '../../../../../core/rate-limit/rate-limiter.js';
import { ConnectorSettings } from '../../../connector.settings.js';
import { ConnectorAuth } from './connector-auth.js';
import { CLOSE_CODES } from './connector-frames.js';
import { ConnectorMethods } from '../../../../../protocols/connector/connector-methods.js';
import { ConnectorSession, type SessionHost } from './connector-session.js';
import { SocketAdmission } from './socket-admission.js';

/** Some clients append a slash. */
export const SOCKET_PATHS: readonly string[] = ['/websocket/chat_bot', '/websocket/chat_bot/'];
const SUBPROTOCOL = 'json.v1';

/** A text has at most 4096 visible characters; its markup comes on top. */
const MAX_FRAME_BYTES = 65_536;
/** Pings are spread over the interval, so that pongs do not arrive in one burst. */
const HEARTBEATS_PER_INTERVAL = 10;
/** Ping intervals without any read by the client before its socket is closed. */
const MAX_BACKPRESSURE_INTERVALS = 1.5;

/** Clients treat any status but 101 as a failed connection and back off. */
const rejectionOf = (status: string, retryAfterSeconds: number): string =>
  `HTTP/1.1 ${status}\r\nconnection: close\r\nretry-after: ${retryAfterSeconds}\r\ncontent-length: 0\r\n\r\n`;
const STOPPING = rejectionOf('503 Service Unavailable', 1);
const RETRY_AFTER_SECONDS = 5;

/** Accepts bot sockets on the HTTP servers of this process. Sockets authenticate by their first frame. */
@Injectable()
export class ConnectorGateway implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ConnectorGateway.name);
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false, // a small compressed frame can inflate to a large one
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  private readonly admission: SocketAdmission;
  private readonly connectionRate: RateLimit;
  private readonly host: SessionHost;
  private heartbeatTimer: NodeJS.Timeout | undefined;
  private heartbeatTick = 0;
  private isStopping = false;

  constructor(
    private readonly settings: ConnectorSettings,
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
    this.registerMetrics(metrics);
    this.host = {
      requestsPerSecond: settings.CONNECTOR_RATE_LIMIT,
      authTimeoutMs: settings.CONNECTOR_AUTH_TIMEOUT_MS,
      maxBackpressureMs: settings.CONNECTOR_PING_MS * MAX_BACKPRESSURE_INTERVALS,
      authenticate: async (session, payload) => {
        const response = await auth.authenticate(session, payload);
        if (session.identity) this.admission.markAuthenticated(session);
        return response;
      },
      call: (method, call, payload) => methods.call(method, call, payload),
    };
  }

  onApplicationBootstrap(): void {
    const server = this.adapter.httpAdapter?.getHttpServer() as Server | undefined;
    if (server) this.attach(server);
    this.heartbeatTimer = setInterval(
      () => this.sendHeartbeats(),
      this.settings.CONNECTOR_PING_MS / HEARTBEATS_PER_INTERVAL,
    ).unref();
  }

  /** Accepts sockets on this server too. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => undefined); // 'close' follows
      void this.upgrade(request, socket, head);
    });
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Requests have the prototype of Express, whose `ip` honours TRUST_PROXY.
    const address = addressKey((request as Request).ip);
    const rejection = this.findRejection(address) ?? (await this.consumeRate(address)) ?? this.findRejection(address);
    if (rejection !== undefined) return void socket.end(rejection);
    if (socket.destroyed) return;
    this.sockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.admission.add(new ConnectorSession(webSocket, this.host), address),
    );
  }

  /** @returns the response that rejects the upgrade, or undefined if the address may open one more socket now */
  private findRejection(address: string): string | undefined {
    if (this.isStopping) return STOPPING;
    return this.admission.canAccept(address) ? undefined : rejectionOf('429 Too Many Requests', RETRY_AFTER_SECONDS);
  }

  /** @returns the response for an address that opens sockets too fast */
  private async consumeRate(address: string): Promise<string | undefined> {
    try {
      await this.rates.consume(this.connectionRate, address);
      return undefined;
    } catch (error) {
      if (error instanceof DomainError)
        return rejectionOf('429 Too Many Requests', Number(error.details?.retryAfterSeconds ?? RETRY_AFTER_SECONDS));
      this.logger.warn(`Rate limit of socket connections failed: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** Closes all sockets. Clients reconnect at once; the 503 makes them back off. */
  onModuleDestroy(): void {
    this.isStopping = true;
    clearInterval(this.heartbeatTimer);
    const { openCount } = this.admission;
    if (openCount > 0) this.logger.log(`Closing ${openCount} sockets`);
    for (const session of [...this.admission.open]) session.close(CLOSE_CODES.restart);
  }

  private registerMetrics({ registry }: Metrics): void {
    const unacknowledged = () => [...this.admission.open].reduce((sum, { pendingAcks }) => sum + pendingAcks.count, 0);
    new Gauge({
      name: 'parley_connector_unacknowledged_events',
      help: 'Events that were sent to socket bots and are not acknowledged yet.',
      registers: [registry],
      collect() {
        this.set(unacknowledged());
      },
    });
  }

  private sendHeartbeats(): void {
    this.heartbeatTick = (this.heartbeatTick + 1) % HEARTBEATS_PER_INTERVAL;
    let index = 0;
    for (const session of this.admission.open)
      if (index++ % HEARTBEATS_PER_INTERVAL === this.heartbeatTick) session.heartbeat();
  }
}
