import { createServer as createHttpServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { createServer as createHttpsServer, type ServerOptions as TlsOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import { addressKey } from '../rate-limit/client-address.js';
import { handleClientErrors } from './client-errors.js';
import { closeQueuedResponses } from './queued-responses.js';
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

/** Connections without a request: browsers open a few before they need them. One more closes the oldest. */
const MAX_UNUSED = 4000;
/** Connections without a request from one address, unless the server is behind a proxy. */
const MAX_UNUSED_PER_ADDRESS = 500;
/** After the listeners are closed, a client that has just connected may still send a request. */
const UNUSED_GRACE_MS = 250;
const IDLE_CHECK_MS = 50;

/**
 * Runs Express under Nest at about three times the speed, with both unchanged.
 *
 * Express sets a new prototype on each request and response, `Object.setPrototypeOf(req, app.request)`, and Node's
 * HTTP code then runs unoptimized as long as the object lives (expressjs/express#5998). Here the server creates both
 * from classes that have this prototype from the start, so that the call changes nothing:
 *
 *   FixedRequest.prototype = app.request ──► request of Express ──► express.request ──► IncomingMessage.prototype
 *
 * A mounted Express application still swaps prototypes on its own routes.
 */
export class FastExpressAdapter extends ExpressAdapter {
  private readonly messageClasses: ReturnType<typeof fixPrototypes>;
  /** Connections without a request. Node considers them busy and would wait for them on close. */
  private readonly unused = new Map<Socket, string>();
  private readonly unusedOfAddress = new Map<string, number>();
  private readonly servers: Server[] = [];
  private readonly isBehindProxy: boolean;

  constructor(private readonly choices: FastExpressOptions = {}) {
    const { trustProxy = false, socketPaths = [] } = choices;
    const app = leanExpress();
    app.set('trust proxy', trustProxy);
    super(app);
    this.messageClasses = fixPrototypes(app, socketPaths);
    this.isBehindProxy = trustProxy !== false;
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
    this.trackUnused(server, tls ? 'secureConnection' : 'connection');
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
    if (this.unused.size > 0) await sleep(UNUSED_GRACE_MS);
    const closing = this.servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.unused.keys()) socket.destroy();
    const idle = setInterval(() => this.servers.forEach((server) => server.closeIdleConnections()), IDLE_CHECK_MS);
    await Promise.all([super.close(), ...closing]).finally(() => clearInterval(idle));
    return undefined;
  }

  private trackUnused(server: Server, opened: 'connection' | 'secureConnection'): void {
    server.on(opened, (socket: Socket) => {
      this.addUnused(socket);
      socket.once('close', () => this.removeUnused(socket));
    });
    server.on('request', ({ socket }: IncomingMessage) => this.removeUnused(socket));
    // With this listener alone, Node would hand over upgrades that no handler serves.
    server.on('newListener', function follow(this: Server, event, listener) {
      if (event !== 'upgrade' || listener === use) return;
      server.off('newListener', follow);
      server.on('upgrade', use);
    });
    const use = ({ socket }: IncomingMessage) => this.removeUnused(socket);
  }

  private addUnused(socket: Socket): void {
    const address = this.isBehindProxy ? '' : addressKey(socket.remoteAddress);
    const count = (this.unusedOfAddress.get(address) ?? 0) + 1;
    this.unused.set(socket, address);
    this.unusedOfAddress.set(address, count);
    if (!this.isBehindProxy && count > MAX_UNUSED_PER_ADDRESS) this.closeOldestUnused(address);
    else if (this.unused.size > MAX_UNUSED) this.closeOldestUnused();
  }

  private removeUnused(socket: Socket): void {
    const address = this.unused.get(socket);
    if (address === undefined) return;
    this.unused.delete(socket);
    const count = this.unusedOfAddress.get(address)! - 1;
    if (count > 0) this.unusedOfAddress.set(address, count);
    else this.unusedOfAddress.delete(address);
  }

  private closeOldestUnused(address?: string): void {
    for (const [socket, of] of this.unused) {
      if (address !== undefined && of !== address) continue;
      this.removeUnused(socket);
      socket.destroy();
      return;
    }
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

/** Creates request and response classes that inherit from the prototypes of `app`, and sets their prototypes on `app`. */
function fixPrototypes(app: Express, socketPaths: readonly string[]) {
  class FixedRequest extends IncomingMessage {}
  serveUpgradesOf(FixedRequest.prototype, socketPaths);
  class FixedResponse extends ServerResponse {}
  app.request = Object.setPrototypeOf(FixedRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(FixedResponse.prototype, app.response);
  return { IncomingMessage: FixedRequest, ServerResponse: FixedResponse };
}

const UPGRADE = Symbol('upgrade requested');

/**
 * Node reads `upgrade` of each request once there is an upgrade listener. Some clients offer HTTP/2 with every request; these are
 * served as plain requests.
 */
function serveUpgradesOf(prototype: IncomingMessage & { [UPGRADE]?: boolean }, socketPaths: readonly string[]): void {
  Object.defineProperty(prototype, 'upgrade', {
    get(this: typeof prototype): boolean {
      if (!this[UPGRADE] || this.method === 'CONNECT') return this[UPGRADE] === true;
      const [path] = (this.url ?? '').split('?', 1);
      return socketPaths.includes(path) && this.headers.upgrade?.toLowerCase() === 'websocket';
    },
    set(this: typeof prototype, isRequested: boolean | null) {
      this[UPGRADE] = isRequested === true;
    },
  });
}
