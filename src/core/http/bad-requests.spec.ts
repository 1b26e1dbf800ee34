import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorRequestHandler, Express } from 'express';
import { currentRequestId, requestContext } from '../context/request-context.js';
import { bodyParsing } from './body-parsing.js';
import { FastExpressAdapter } from './fast-express.adapter.js';
import { HttpInputError } from './http-input.error.js';
import { requestGuard } from './request-guard.js';

const LIMIT = 1024;
const TIMEOUT_MS = 300;

/** Replaces the error filter of a protocol. */
const answerInputErrors: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof HttpInputError)) return next(error);
  response.status(error.status).json({ error: true, code: error.code, message: error.message, field: error.field });
};

let server: Server;
let port: number;

beforeAll(async () => {
  const adapter = new FastExpressAdapter();
  const app = adapter.getInstance<Express>();
  app.use(requestContext());
  app.use(requestGuard());
  app.use(bodyParsing({ jsonLimitBytes: LIMIT, timeoutMs: TIMEOUT_MS, rawBodyPrefixes: ['/raw'] }));
  app.use('/echo', (request, response) => {
    response.json({ body: request.body, type: request.headers['content-type'], requestId: currentRequestId() });
  });
  app.use(
    '/raw',
    (request, response) => void request.on('data', () => undefined).on('end', () => response.json({ raw: true })),
  );
  app.use(answerInputErrors);
  server = adapter.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

/** The server must serve a valid request after each bad one. */
afterEach(async () => {
  expect(await post('{"still":"alive"}')).toMatchObject({ status: 200, body: { still: 'alive' } });
});

/** Response of `/echo` or of the error filter. */
interface Answer {
  readonly body?: unknown;
  readonly code?: string;
}

async function send(path: string, init: RequestInit & { duplex?: 'half' } = {}) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  const answer = (await response.json()) as Answer;
  return { status: response.status, headers: response.headers, ...answer };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (body: RequestInit['body'], headers: Record<string, string> = JSON_TYPE) =>
  send('/echo', { method: 'POST', body, headers });

/** Writes bytes to a socket. Resolves with the response until the server closed it, and the duration. */
function raw(...parts: (string | Buffer)[]): Promise<{ status: number; text: string; ms: number }> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const socket = connect(port, '127.0.0.1', () => parts.forEach((part) => socket.write(part)));
    let text = '';
    socket.on('data', (data) => (text += data.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve({ status: Number(text.slice(9, 12)), text, ms: performance.now() - startedAt }));
  });
}

const headers = (...lines: string[]) => ['Host: test', ...lines, '', ''].join('\r\n');

describe('a body', () => {
  it('is parsed, within the context of its request', async () => {
    const answer = await post('{"message":"hi"}', { ...JSON_TYPE, 'x-request-id': 'trip-1' });
    expect(answer).toMatchObject({ status: 200, body: { message: 'hi' }, requestId: 'trip-1' });
    expect(answer.headers.get('x-request-id')).toBe('trip-1');
  });

  it.each(['application/json, charset=utf8', 'application/json; charset=utf8', 'text/json'])(
    'is JSON as %s',
    async (type) => {
      expect(await post('{"a":1}', { 'content-type': type })).toMatchObject({
        body: { a: 1 },
        type: 'application/json',
      });
    },
  );

  it('can be a form', async () => {
    const answer = await post('grant_type=password&username=x', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(answer.body).toEqual({ grant_type: 'password', username: 'x' });
  });

  it.each(['null', '[]', '"x"', '42'])('can be %s, which the route rejects', async (body) => {
    expect(await post(body)).toMatchObject({ status: 200, body: JSON.parse(body) });
  });

  it('is parsed on DELETE', async () => {
    expect(await send('/echo', { method: 'DELETE', body: '{"a":1}', headers: JSON_TYPE })).toMatchObject({
      body: { a: 1 },
    });
  });

  it('is ignored on GET', async () => {
    const { text } = await raw(
      `GET /echo HTTP/1.1\r\n${headers('Content-Type: application/json', 'Content-Length: 1', 'Connection: close')}{`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200/);
    expect(text).not.toContain('"body"');
  });

  it.each([{ ...JSON_TYPE }, {}])('is undefined if it is empty (%j)', async (type) => {
    const answer = await send('/echo', { method: 'POST', headers: type });
    expect(answer.status).toBe(200);
    expect(answer).not.toHaveProperty('body');
  });

  it('is not read if it is multipart', async () => {
    const data = new FormData();
    data.append('file', new Blob(['x']), 'x.txt');
    const answer = await send('/echo', { method: 'POST', body: data });
    expect(answer.status).toBe(200);
    expect(answer).not.toHaveProperty('body');
  });

  it('of any other type is left to routes that read it', async () => {
    const init = { method: 'POST', body: 'x', headers: { 'content-type': 'application/octet-stream' } };
    expect(await send('/raw/upload', init)).toMatchObject({ raw: true });
  });

  it('is complete when it is sent in pieces', async () => {
    const body = JSON.stringify({ text: 'äöü😀'.repeat(50) });
    const stream = new ReadableStream({
      async start(controller) {
        const bytes = Buffer.from(body);
        for (let i = 0; i < bytes.length; i += 101) {
          controller.enqueue(bytes.subarray(i, i + 101));
          await sleep(1);
        }
        controller.close();
      },
    });
    const answer = await send('/echo', { method: 'POST', body: stream, duplex: 'half', headers: JSON_TYPE });
    expect(answer.body).toEqual(JSON.parse(body));
  });
});

describe('bad bodies', () => {
  it('rejects truncated JSON', async () => {
    expect(await post('{')).toMatchObject({
      status: 400,
      code: 'invalid_json',
      message: expect.stringContaining('position 1'),
    });
  });

  it.each([{ 'content-type': 'text/plain' }, { 'content-type': '' }])(
    'rejects the content type of %j',
    async (type) => {
      expect(await post('{"a":1}', type)).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    },
  );

  it.each(['utf-7', 'utf-16', 'iso-8859-1'])('rejects charset=%s', async (charset) => {
    const answer = await post('{}', { 'content-type': `application/json; charset=${charset}` });
    expect(answer).toMatchObject({ status: 415, code: 'unsupported_charset' });
  });

  it('rejects invalid UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect(await post(bytes)).toMatchObject({ status: 400, code: 'invalid_utf8' });
  });

  it('rejects one byte over the limit', async () => {
    const body = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));
    expect(await post(body(LIMIT))).toMatchObject({ status: 200 });
    expect(await post(body(LIMIT + 1))).toMatchObject({
      status: 413,
      code: 'payload_too_large',
      message: expect.stringContaining('1024'),
    });
  });

  it('rejects a body over the limit without a declared length', async () => {
    const { status, text } = await raw(
      `POST /echo HTTP/1.1\r\n${headers('Content-Type: application/json', 'Transfer-Encoding: chunked')}`,
      `800\r\n${'x'.repeat(0x800)}\r\n`,
    );
    expect(status).toBe(413);
    expect(text).toContain('payload_too_large');
  });

  it('rejects a declared length of 2 GB without data', async () => {
    const lines = headers('Content-Type: application/json', 'Content-Length: 2147483648');
    const { status, ms } = await raw(`POST /echo HTTP/1.1\r\n${lines}`);
    expect(status).toBe(413);
    expect(ms).toBeLessThan(TIMEOUT_MS);
  });

  it('rejects an endless chunked body', async () => {
    const lines = headers('Content-Type: application/json', 'Transfer-Encoding: chunked');
    const { status, text } = await raw(`POST /echo HTTP/1.1\r\n${lines}`, '1\r\n{\r\n');
    expect(status).toBe(408);
    expect(text).toContain('request_timeout');
  });

  it('rejects a declared body that stops half-way', async () => {
    const lines = headers('Content-Type: application/json', 'Content-Length: 10');
    expect(await raw(`POST /echo HTTP/1.1\r\n${lines}{"a"`)).toMatchObject({ status: 408 });
  });

  it.each([
    ['closed', '['.repeat(500) + ']'.repeat(500)],
    ['open', '['.repeat(1000)],
  ])('11: deep nesting, %s', async (_, body) => {
    expect(await post(body)).toMatchObject({ status: 400, code: 'json_too_deep' });
  });

  it('rejects __proto__', async () => {
    expect(await post('{"__proto__":{"isAdmin":true}}')).toMatchObject({
      status: 400,
      code: 'unknown_field',
      field: '__proto__',
    });
  });

  it('rejects compressed bodies', async () => {
    const answer = await post('x', { ...JSON_TYPE, 'content-encoding': 'gzip' });
    expect(answer).toMatchObject({ status: 415, code: 'unsupported_encoding' });
  });

  it('leaves nothing behind after an abort half-way', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(`POST /echo HTTP/1.1\r\n${headers('Content-Type: application/json', 'Content-Length: 10')}{`);
        setTimeout(() => socket.destroy(), 20);
      });
      socket.on('close', () => resolve());
    });
  });
});

describe('bad requests', () => {
  it('rejects both Content-Length and Transfer-Encoding', async () => {
    const lines = headers('Content-Type: application/json', 'Content-Length: 2', 'Transfer-Encoding: chunked');
    const { status, text } = await raw(`POST /echo HTTP/1.1\r\n${lines}0\r\n\r\n`);
    expect(status).toBe(400);
    expect(text).toContain('"code":"malformed_request"');
  });

  it('rejects more than 16 KiB of headers', async () => {
    const { status, text } = await raw(`GET /echo HTTP/1.1\r\n${headers(`X-Big: ${'x'.repeat(17_000)}`)}`);
    expect(status).toBe(431);
    expect(text).toContain('"code":"headers_too_large"');
  });

  it('rejects 200 headers', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `X-${i}: 1`);
    expect(await raw(`GET /echo HTTP/1.1\r\n${headers('Connection: close', ...lines)}`)).toMatchObject({ status: 431 });
  });

  it.each([
    ['/echo/%00', 'path'],
    ['/echo/%zz', 'path'],
    ['/echo/%', 'path'],
    ['/echo/%c0%ae', 'path'],
    ['/echo/%ed%a0%80', 'path'],
    ['/echo?q=%00', 'query'],
    ['/echo?q=%ff', 'query'],
  ])('17: %s', async (path, field) => {
    const { text } = await raw(`GET ${path} HTTP/1.1\r\n${headers('Connection: close')}`);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('"code":"invalid_url"');
    expect(text).toContain(`"field":"${field}"`);
  });

  it('accepts well-formed encodings', async () => {
    expect(await send('/echo/a%20b%2Fc%C3%A4?q=%25')).toMatchObject({ status: 200 });
  });

  it('matches paths case-sensitively', async () => {
    expect((await fetch(`http://127.0.0.1:${port}/ECHO`)).status).toBe(404);
  });

  it.each(['TRACE', 'PROPFIND', 'LOCK'])('rejects %s', async (method) => {
    const { status, text } = await raw(`${method} /echo HTTP/1.1\r\n${headers('Connection: close')}`);
    expect(status).toBe(405);
    expect(text.toLowerCase()).toContain('\r\nallow: get, head, post');
  });

  it('rejects CONNECT', async () => {
    const { status, text } = await raw(`CONNECT evil:443 HTTP/1.1\r\n${headers()}`);
    expect(status).toBe(405);
    expect(text).toContain('allow: GET');
  });

  it('ignores a method override', async () => {
    expect(await post('{}', { ...JSON_TYPE, 'x-http-method-override': 'TRACE' })).toMatchObject({ status: 200 });
  });

  it('rejects a missing and a second Host header', async () => {
    expect(await raw('GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatchObject({ status: 400 });
    expect(await raw(`GET /echo HTTP/1.1\r\n${headers('Host: other', 'Connection: close')}`)).toMatchObject({
      status: 400,
    });
  });

  it('responds with JSON to malformed HTTP', async () => {
    const { status, text } = await raw('\u0016\u0003\u0001 this is not HTTP\r\n\r\n');
    expect(status).toBe(400);
    expect(JSON.parse(text.split('\r\n\r\n')[1])).toMatchObject({ error: true, code: 'malformed_request' });
  });
});
