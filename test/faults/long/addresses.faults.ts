import { createServer, type Server } from 'node:net';
import { request } from 'undici';
import type { DnsLookup } from '../../../src/core/http/outgoing/address-guard.js';
import { outgoingHttp } from '../../../src/core/http/outgoing/outgoing-http.js';
import { SYSTEM_ACTOR } from '../../../src/modules/auth/index.js';
import { BotEndpointsService } from '../../../src/modules/bots/index.js';
import { type Sink, startSink } from '../../support/sink.js';
import { withoutPublicNetwork } from '../../support/no-public-network.js';
import { DeliveryTestApp } from './bots.js';
import { report } from './report.js';

const SPELLINGS = [
  ...['127.0.0.1', 'localhost', '127.1', '2130706433', '0x7f.1', '0177.0.0.1', '0', '①②⑦.⓪.⓪.①', '127.0.0.1.'],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[fe80::1]'],
  ...['[fd00::1]', '169.254.169.254', '100.100.100.200'],
];

/** Starts a server on every address of this machine that counts connections. */
async function startCounter(): Promise<{ port: number; connections(): number; close(): void }> {
  let connections = 0;
  const server: Server = createServer((socket) => (connections++, socket.end('HTTP/1.1 200 OK\r\n\r\n')));
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  const { port } = server.address() as { port: number };
  return { port, connections: () => connections, close: () => void server.close() };
}

describe('outgoing addresses', () => {
  let counter: Awaited<ReturnType<typeof startCounter>>;
  beforeEach(async () => void (counter = await startCounter()));
  afterEach(() => counter.close());

  describe('private addresses', () => {
    let app: DeliveryTestApp;
    beforeAll(async () => void (app = await DeliveryTestApp.open({ CALLBACK_ALLOW_PRIVATE: false })));
    afterAll(() => app.close());

    it.each(SPELLINGS)('F17: rejects %s when it is saved, and when it is sent', async (host) => {
      const bot = await app.addBot('https://8.8.8.8/hook');
      const url = `http://${host}:${counter.port}/`;
      const saved = await app
        .get(BotEndpointsService)
        .set(SYSTEM_ACTOR, bot.id, { transport: 'callback', format: 'client', url })
        .then(
          () => 'saved',
          (error: { code: string }) => error.code,
        );
      await app.query('UPDATE bot_endpoints SET url = $2 WHERE id = $1', [bot.endpoint.id, url]);
      await bot.say('hello');
      const [{ code }] = await app.tried(bot);
      const note = `saved: ${saved}; sent: ${code}; ${counter.connections()} connections`;
      report({ fault: 'F17', what: host, note });
      expect([saved, code, counter.connections()]).toEqual(['callback.url_not_allowed', 'address_not_allowed', 0]);
    });
  });

  it('F16: does not connect to a name that resolves first to a public and then to a private address', async () => {
    const REQUESTS = 100;
    let lookups = 0;
    const lookup: DnsLookup = (_name, _options, callback) =>
      callback(null, [{ address: lookups++ % 2 === 0 ? '8.8.8.8' : '127.0.0.1', family: 4 }]);
    const dispatcher = outgoingHttp({ allowPrivate: false, lookup });
    const restoreNetwork = withoutPublicNetwork();
    for (let n = 0; n < REQUESTS; n++) {
      await expect(request(`http://rebind.example:${counter.port}/`, { dispatcher })).rejects.toBeTruthy();
    }
    restoreNetwork();
    await dispatcher.destroy();
    const note = `${lookups} look-ups, ${counter.connections()} connections`;
    report({ fault: 'F16', what: 'DNS rebinding, 100 tries', events: REQUESTS, note });
    expect([lookups >= REQUESTS, counter.connections()]).toEqual([true, 0]);
  });

  describe('redirects', () => {
    let app: DeliveryTestApp;
    let sink: Sink;
    beforeAll(async () => {
      app = await DeliveryTestApp.open({});
      sink = await startSink();
    });
    afterAll(async () => {
      await app.close();
      await sink.close();
    });

    it.each([
      ['301 to the metadata of a cloud', 301, () => 'http://169.254.169.254/'],
      ['302 to a port of ours', 302, () => `http://127.0.0.1:${counter.port}/`],
      ['307 to itself', 307, () => `${sink.url}/again`],
    ])('F15: does not follow %s', async (what, status, location) => {
      sink.received.length = 0;
      sink.setBehaviour((_callback, response) => void response.writeHead(status, { location: location() }).end());
      const bot = await app.addBot(`${sink.url}/f15`);
      await bot.say('hello');
      const [{ code }] = await app.tried(bot);
      const calls = sink.received.length + counter.connections();
      report({ fault: 'F15', what, events: 1, note: `${code}; ${calls} call in all` });
      expect([code, calls]).toEqual(['redirect_not_followed', 1]);
    });
  });
});
