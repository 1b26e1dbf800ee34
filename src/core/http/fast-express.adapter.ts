import { createServer as createHttpServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { createServer as createHttpsServer, type ServerOptions as TlsOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import { addressKey } from '../rate-limit/client-address.js';
import { answerClientErrors } from './client-errors.js';
import { closeQueuedResponses } from './queued-responses.js';
import { cutStalledDownloads } from './stalled-transfers.js';
import { SERVER_OPTIONS, TLS_HANDSHAKE_TIMEOUT } from './server-options.js';

export interface FastExpressOptions {
  /** Which proxies may tell the client's address, as for express: hops, addresses, or true for all. None by default. */
  readonly trustProxy?: boolean | number | string | string[];
  /** Where WebSockets are served. Anywhere else, and for any other protocol, the wish to upgrade is passed over. */
  readonly socketPaths?: readonly string[];
  /** Connections at a time; any number without. */
  readonly maxConnections?: number;
  /** Milliseconds after which a connection is closed whose client does not read; never without. */
  readonly stallMs?: number;
}

/** Connections on which no request has come yet: browsers open a few before they need them. With one more, the oldest is closed. */
const MAX_UNUSED = 4000;
/** Those of one address, unless proxies speak for many. */
const MAX_UNUSED_PER_ADDRESS = 500;
/** Once the listeners are closed, a client that has just connected may still ask, and be answered. */
const UNUSED_GRACE_MS = 250;
const IDLE_CHECK_MS = 50;

/**
 * Express under Nest, at about three times the speed: both stay as they are.
 *
 * Express gives each request and each response a new prototype, `Object.setPrototypeOf(req, app.request)`, and with
 * that node's HTTP code runs unoptimised for as long as the object lives (expressjs/express#5998). Here the server
 * builds both from classes whose prototype is the wanted one from the start, so that the call changes nothing:
 *
 *   FixedRequest.prototype = app.request ──► what express made ──► express.request ──► IncomingMessage.prototype
 *
 * An express application that is mounted into this one still swaps prototypes, on its own routes.
 */
export class FastExpressAdapter extends ExpressAdapter {
  private readonly messageClasses: ReturnType<typeof fixPrototypes>;
  /** Connections that nothing was asked on yet. Node takes them for busy, and would wait for them when it closes. */
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

  /** Lets Nest have its server of our making; everything else that the parent does with the options stays its own. */
  override initHttpServer(options: NestApplicationOptions): void {
    // The parent makes a server too, which is dropped unused. It is the connections of ours that are to be tracked, for
    // which the parent has a method, private in its typings.
    super.initHttpServer({ ...options, httpsOptions: undefined, forceCloseConnections: false });
    this.httpServer = this.createServer(options.httpsOptions);
    if (options.forceCloseConnections) this['trackOpenConnections']();
  }

  /**
   * Makes a server that serves this application. Nest listens on the first; a process that speaks HTTP and HTTPS at
   * once makes another.
   *
   * @param tls certificate and key; plain HTTP without
   */
  createServer(tls?: TlsOptions): Server {
    const options = { ...SERVER_OPTIONS, ...this.messageClasses };
    const app = this.getInstance<Express>();
    const server = tls
      ? createHttpsServer({ ...tls, ...options, handshakeTimeout: TLS_HANDSHAKE_TIMEOUT }, app)
      : createHttpServer(options, app);
    answerClientErrors(server);
    if (this.choices.maxConnections) server.maxConnections = this.choices.maxConnections;
    closeQueuedResponses(server);
    cutStalledDownloads(server, this.choices.stallMs ?? 0);
    this.servers.push(server);
    this.trackUnused(server, tls ? 'secureConnection' : 'connection');
    return server;
  }

  /**
   * Takes no more connections, by none of its servers; what is open is served on. Before anything else is closed, so that a client
   * that comes back at once finds nobody listening, instead of a connection that breaks off.
   */
  stopListening(): void {
    // Not the method of HTTP servers: that ends connections on which a request is about to come, too.
    for (const server of this.servers) if (server.listening) NetServer.prototype.close.call(server);
  }

  /**
   * Closes all of its servers, and waits for what is open. Connections that have nothing more to say are ended; those that browsers
   * have opened before they need them are not waited for longer than a moment.
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
    // A listener of ours alone would make Node hand over upgrades that are served nowhere.
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

/** An application without what an API has no use for. Settings on routing hold only if made before the first route. */
function leanExpress(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.enable('case sensitive routing');
  return app;
}

/** Makes the classes that build messages with the prototypes of `app`, and hands their prototypes to `app`. */
function fixPrototypes(app: Express, socketPaths: readonly string[]) {
  class FixedRequest extends IncomingMessage {}
  serveUpgradesOf(FixedRequest.prototype, socketPaths);
  class FixedResponse extends ServerResponse {}
  app.request = Object.setPrototypeOf(FixedRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(FixedResponse.prototype, app.response);
  return { IncomingMessage: FixedRequest, ServerResponse: FixedResponse };
}

const WISH = Symbol('the client wishes to upgrade');

/**
 * Node asks each request for `upgrade`, once somebody listens for upgrades at all. A client that offers HTTP/2 with every request,
 * as some do, is to be answered like any other.
 */
function serveUpgradesOf(prototype: IncomingMessage & { [WISH]?: boolean }, socketPaths: readonly string[]): void {
  Object.defineProperty(prototype, 'upgrade', {
    get(this: typeof prototype): boolean {
      if (!this[WISH] || this.method === 'CONNECT') return this[WISH] === true;
      const [path] = (this.url ?? '').split('?', 1);
      return socketPaths.includes(path) && this.headers.upgrade?.toLowerCase() === 'websocket';
    },
    set(this: typeof prototype, wished: boolean | null) {
      this[WISH] = wished === true;
    },
  });
}
