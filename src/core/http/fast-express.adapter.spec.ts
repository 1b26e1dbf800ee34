import { connect } from 'node:net';
import { Controller, Get, type INestApplication, Module, Post, Query, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import express, { type Request, type Response } from 'express';
import { FastExpressAdapter, type FastExpressOptions } from './fast-express.adapter.js';
import { SERVER_OPTIONS } from './server-options.js';

@Controller()
class ProbeController {
  @Get('probe')
  probe(@Req() request: Request, @Res({ passthrough: true }) response: Response, @Query() query: object) {
    response.cookie('seen', 'yes');
    return { ip: request.ip, accepts: request.accepts('json'), isExpress: request.app !== undefined, query };
  }

  @Post('probe')
  create() {
    return {};
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

let app: INestApplication;

async function start(options?: FastExpressOptions, prepare?: (adapter: FastExpressAdapter) => void): Promise<string> {
  const adapter = new FastExpressAdapter(options);
  app = await NestFactory.create(ProbeModule, adapter, {
    logger: false,
    bodyParser: false,
    forceCloseConnections: true,
  });
  prepare?.(adapter);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

afterEach(() => app.close());

describe('FastExpressAdapter', () => {
  it('serves Nest routes with the request and response methods of Express', async () => {
    const response = await fetch(`${await start()}/probe?limit[]=5&a=1&a=2`);
    expect(response.status).toBe(200);
    expect(response.headers.get('set-cookie')).toContain('seen=yes');
    expect(await response.json()).toMatchObject({
      accepts: 'json',
      isExpress: true,
      query: { 'limit[]': '5', a: ['1', '2'] },
    });
  });

  it('creates messages with the final prototypes', async () => {
    const swapped: boolean[] = [];
    const url = await start(undefined, (adapter) => {
      const { request, response } = adapter.getInstance<express.Express>();
      app.getHttpServer().prependListener('request', (req: object, res: object) => {
        swapped.push(Object.getPrototypeOf(req) !== request, Object.getPrototypeOf(res) !== response);
      });
    });
    await fetch(`${url}/probe`);
    expect(swapped).toEqual([false, false]);
  });

  it('sends neither x-powered-by nor etag', async () => {
    const { headers } = await fetch(`${await start()}/probe`);
    expect(headers.has('x-powered-by')).toBe(false);
    expect(headers.has('etag')).toBe(false);
  });

  it('responds 404 for unknown paths and for known ones in another case, and 201 for a POST', async () => {
    const url = await start();
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/Probe`)).status).toBe(404);
    expect((await fetch(`${url}/probe`, { method: 'POST' })).status).toBe(201);
  });

  it('trusts proxies only if configured', async () => {
    const init = { headers: { 'x-forwarded-for': '203.0.113.9' } };
    expect(await (await fetch(`${await start()}/probe`, init)).json()).toMatchObject({ ip: '127.0.0.1' });
    await app.close();
    expect(await (await fetch(`${await start({ trustProxy: 1 })}/probe`, init)).json()).toMatchObject({
      ip: '203.0.113.9',
    });
  });

  it('applies its limits to the server on which Nest listens', async () => {
    await start();
    const { keepAliveTimeout, headersTimeout, requestTimeout, maxHeaderSize, connectionsCheckingInterval } =
      SERVER_OPTIONS;
    expect(app.getHttpServer()).toMatchObject({
      keepAliveTimeout,
      headersTimeout,
      requestTimeout,
      maxHeaderSize,
      connectionsCheckingInterval,
      insecureHTTPParser: false,
    });
  });

  describe('with WebSockets at one path', () => {
    const ask = async (lines: string): Promise<string> => {
      const { port } = new URL(await start({ socketPaths: ['/ws'] }));
      app
        .getHttpServer()
        .on('upgrade', (_request: unknown, socket: NodeJS.WritableStream) => socket.end('HTTP/1.1 101 Up\r\n\r\n'));
      return new Promise((resolve, reject) => {
        const socket = connect(Number(port), '127.0.0.1');
        socket.write(`${lines}\r\nHost: x\r\nConnection: Upgrade\r\n\r\n`);
        socket.on('data', (data) => {
          resolve(data.toString());
          socket.destroy();
        });
        socket.on('error', reject);
      });
    };

    it('passes upgrades for that path to their listener', async () => {
      expect(await ask('GET /ws?x=1 HTTP/1.1\r\nUpgrade: websocket')).toMatch(/^HTTP\/1\.1 101/);
    });

    it.each([
      ['a WebSocket elsewhere', 'GET /nowhere HTTP/1.1\r\nUpgrade: websocket'],
      ['an offer of HTTP/2', 'GET /ws HTTP/1.1\r\nUpgrade: h2c'],
    ])('answers %s like any other request', async (_what, lines) => {
      expect(await ask(lines)).toMatch(/^HTTP\/1\.1 404/);
    });
  });

  it('serves mounted express applications', async () => {
    const url = await start(undefined, (adapter) => {
      const mounted = express();
      mounted.get('/inside', (request, response) => response.json({ mounted: request.baseUrl }));
      adapter.use('/outside', mounted);
    });
    expect(await (await fetch(`${url}/outside/inside`)).json()).toEqual({ mounted: '/outside' });
  });

  it('closes idle connections with the application', async () => {
    const { port } = new URL(await start());
    const socket = connect(Number(port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    await new Promise((resolve) => setImmediate(resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await app.close();
    await closed;
  });
});

describe('unused connections', () => {
  const opened = async (port: string, count: number) => {
    const sockets = Array.from({ length: count }, () => connect(Number(port), '127.0.0.1'));
    for (const socket of sockets) socket.on('error', () => undefined);
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    return sockets;
  };

  it('are limited per address: one more closes the oldest', async () => {
    const url = new URL(await start());
    const [oldest] = await opened(url.port, 1);
    const closed = new Promise((resolve) => oldest.once('close', resolve));
    const others = await opened(url.port, 500);
    await closed;
    expect((await fetch(`${url.href}probe`)).status).toBe(200);
    for (const socket of others) socket.destroy();
  });

  it('are served during a grace period after the listener is closed, and new ones are refused', async () => {
    const url = new URL(await start());
    const [socket] = await opened(url.port, 1);
    await fetch(`${url.href}probe`); // by then the server has accepted the one before
    const closing = app.close();
    const answer = new Promise<string>((resolve) => {
      socket.once('data', (data) => resolve(data.toString()));
      socket.once('close', () => resolve('closed without an answer'));
    });
    socket.write('GET /probe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 200/);
    const late = connect(Number(url.port), '127.0.0.1');
    const refusal = await new Promise<NodeJS.ErrnoException>((resolve) => late.once('error', resolve));
    expect(refusal.code).toBe('ECONNREFUSED');
    await closing;
  });
});

describe('return503OnClosing', () => {
  it('rejects requests during the shutdown of the application', async () => {
    const adapter = new FastExpressAdapter();
    app = await NestFactory.create(ProbeModule, adapter, {
      logger: false,
      bodyParser: false,
      return503OnClosing: true,
    });
    await app.listen(0, '127.0.0.1');
    adapter.beforeClose();
    expect((await fetch(`${await app.getUrl()}/probe`)).status).toBe(503);
  });
});
