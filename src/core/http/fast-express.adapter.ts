import { createServer as createHttpServer, type Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { createServer as createHttpsServer, type ServerOptions as TlsOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import { messageClassesOf } from '../patches/express-prototypes/message-classes.js';
import { closeQueuedResponses } from '../patches/node-queued-responses/queued-responses.js';
import { UnusedConnections } from '../patches/node-unused-connections/unused-connections.js';
import { limitUpgrades } from '../patches/node-upgrades/selective-upgrades.js';
import { handleClientErrors } from './client-errors.js';
import { cutStalledDownloads } from './stalled-transfers.js';
import { SERVER_OPTIONS, TLS_HANDSHAKE_TIMEOUT } from './server-options.js';

export interface FastExpressOptions {
  /** Trusted proxies, which report the client's address, as for Express: hops, addresses, or true for all. Default: none. */
  readonly trustProxy?: boolean | number | string | string[];
  /** Paths of WebSocket endpoints. Upgrade requests for other paths or protocols are served as plain requests. */
  readonly socketPaths?: readonly string[];
  /** Maximum number of open connections. Default: unlimited. */
  readonly maxConnections?: number;
  /** Milliseconds after which a connection is closed if its client does not read. Default: never. */
  readonly stallMs?: number;
}

/** After the listeners are closed, a client that has just connected may still send a request. */
const UNUSED_GRACE_MS = 250;
const IDLE_CHECK_MS = 50;

/**
 * Runs Express under Nest at about three times the speed, with both unchanged: the server creates requests and responses with the
 * prototypes that Express would set later (`core/patches/express-prototypes`). It also limits and closes connections.
 */
export class FastExpressAdapter extends ExpressAdapter {
  private readonly messageClasses: ReturnType<typeof messageClassesOf>;
  private readonly unused: UnusedConnections;
  private readonly servers: Server[] = [];

  constructor(private readonly choices: FastExpressOptions = {}) {
    const { trustProxy = false, socketPaths = [] } = choices;
    const app = leanExpress();
    app.set('trust proxy', trustProxy);
    super(app);
    this.messageClasses = messageClassesOf(app);
    limitUpgrades(this.messageClasses.IncomingMessage.prototype, socketPaths);
    this.unused = new UnusedConnections(trustProxy !== false);
  }

  /** Replaces the HTTP server that the parent class creates; the parent handles all other options. */
  override initHttpServer(options: NestApplicationOptions): void {
    // The server of the parent is dropped unused. Connections of the new server are tracked by a method of the parent
    // that is private in its typings.
    super.initHttpServer({ ...options, httpsOptions: undefined, forceCloseConnections: false });
    this.httpServer = this.createServer(options.httpsOptions);
    if (options.forceCloseConnections) this['trackOpenConnections']();
  }

  /**
   * Creates a server for this application. Nest listens on the first; a process that serves both HTTP and HTTPS
   * creates another.
   *
   * @param tls certificate and key; undefined for plain HTTP
   */
  createServer(tls?: TlsOptions): Server {
    const options = { ...SERVER_OPTIONS, ...this.messageClasses };
    const app = this.getInstance<Express>();
    const server = tls
      ? createHttpsServer({ ...tls, ...options, handshakeTimeout: TLS_HANDSHAKE_TIMEOUT }, app)
      : createHttpServer(options, app);
    handleClientErrors(server);
    if (this.choices.maxConnections) server.maxConnections = this.choices.maxConnections;
    closeQueuedResponses(server);
    cutStalledDownloads(server, this.choices.stallMs ?? 0);
    this.servers.push(server);
    this.unused.track(server, tls ? 'secureConnection' : 'connection');
    return server;
  }

  /**
   * Stops accepting connections on all servers; open connections are still served. Called before anything else is closed, so that a
   * client that reconnects at once is refused, instead of getting a connection that breaks.
   */
  stopListening(): void {
    // `close` of HTTP servers would also end connections whose request is about to arrive.
    for (const server of this.servers) if (server.listening) NetServer.prototype.close.call(server);
  }

  /**
   * Closes all servers and waits for open requests. Idle connections are ended; connections without a request are closed after a
   * short grace period.
   */
  override async close(): Promise<undefined> {
    this.stopListening();
    if (this.unused.count > 0) await sleep(UNUSED_GRACE_MS);
    const closing = this.servers.map((server) => new Promise((resolve) => server.close(resolve)));
    this.unused.closeAll();
    const idle = setInterval(() => this.servers.forEach((server) => server.closeIdleConnections()), IDLE_CHECK_MS);
    await Promise.all([super.close(), ...closing]).finally(() => clearInterval(idle));
    return undefined;
  }
}

/** An Express application without features that an API does not need. Routing settings must be made before the first route. */
function leanExpress(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.enable('case sensitive routing');
  return app;
}
