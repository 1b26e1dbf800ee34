import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { waitFor } from '../../../test/support/wait-for.js';
import { requestContext } from '../context/request-context.js';
import { httpAccessLog } from './http-access-log.js';
import { type LogLevel, ParleyLogger } from './parley.logger.js';

let server: Server;

async function start(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const app = express();
  app.use(requestContext());
  app.use(httpAccessLog(new ParleyLogger({ level, format: 'json', destination })));
  app.get('/ok', (_request, response) => void response.json({}));
  app.get('/broken', (_request, response) => void response.status(502).json({}));
  app.get('/never', () => undefined);
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { lines, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const fetchAll = async (...urls: string[]) => {
  for (const url of urls) await (await fetch(url, { headers: { 'x-request-id': 'trip-1' } })).text();
};
const written = (lines: object[], count: number) =>
  waitFor(() => lines.length >= count, { what: `${count} log lines` });

describe('httpAccessLog', () => {
  it('logs one line per request, without the query', async () => {
    const { lines, url } = await start('debug');
    await fetchAll(`${url}/ok?token=secret`, `${url}/broken`);
    await written(lines, 2);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ level: 'debug', method: 'GET', path: '/ok', status: 200, requestId: 'trip-1' });
    expect(lines[0].ms).toBeGreaterThanOrEqual(0);
    expect(lines[1]).toMatchObject({ level: 'warn', path: '/broken', status: 502 });
  });

  it('logs only 5xx responses if debug is disabled', async () => {
    const { lines, url } = await start('info');
    await fetchAll(`${url}/ok`, `${url}/broken`);
    await written(lines, 1);
    expect(lines).toMatchObject([{ level: 'warn', path: '/broken', status: 502, requestId: 'trip-1' }]);
  });

  it('logs 499 if the client closes the connection', async () => {
    const { lines, url } = await start('debug');
    const request = get(`${url}/never`, { headers: { 'x-request-id': 'trip-2' } }).on('error', () => undefined);
    await once(server, 'request');
    request.destroy();
    await written(lines, 1);
    expect(lines).toMatchObject([{ path: '/never', status: 499, requestId: 'trip-2' }]);
  });
});
