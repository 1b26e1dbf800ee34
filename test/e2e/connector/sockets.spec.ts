import { createHmac } from 'node:crypto';
import { WebSocket } from 'ws';
import { Database } from '../../../src/core/database/database.js';
import { ConnectorGateway } from '../../../src/modules/connector/api/connector/gateway/connector-gateway.js';
import { type ClientApi, type Person } from '../../support/client-api.js';
import { ConnectorClient, fetchToken } from '../../support/connector-client.js';
import { TEST_SECRETS } from '../../support/settings.js';
import { waitFor } from '../../support/wait-for.js';
import { type ConnectorApp, type ConnectorBot, startConnectorApp } from './connector-app.js';
import { maskedFrame, rawSocket } from './raw-socket.js';
import { tokenCases } from './token-cases.js';

/** Signs a token with changed claims. */
function forge(token: string, changes: object, key: string = TEST_SECRETS.JWT_SECRET_KEY): string {
  const [head, payload] = token.split('.');
  const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...changes };
  const body = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
}

describe('the connector', () => {
  let app: ConnectorApp;
  let api: ClientApi;
  let bot: ConnectorBot;
  let alice: Person;
  let chatId: string;

  beforeAll(async () => {
    app = await startConnectorApp({
      CONNECTOR_AUTH_TIMEOUT_MS: 1000,
      CONNECTOR_PING_MS: 600,
      CONNECTOR_MAX_SESSIONS: 3,
      CONNECTOR_RATE_LIMIT: 50,
      AUTH_FAILURES_PER_MINUTE: 0,
    });
    api = app.api;
    bot = await app.createBot('Echo');
    alice = await api.logIn('Alice');
    chatId = await api.createChat(alice, bot.id);
  });
  afterAll(() => app.close());

  const connectSocket = (options = {}) => ConnectorClient.connect(app.url, options);

  describe('over HTTP', () => tokenCases(() => ({ app, bot })));

  describe('opening a socket', () => {
    it.each(['/websocket/chat_bot', '/websocket/chat_bot/'])(
      'is possible at %s, with the subprotocol json.v1 if offered, and without compression',
      async (path) => {
        for (const [protocols, chosen] of [
          [['json.v1'], 'json.v1'],
          [['soap', 'json.v1'], 'json.v1'],
          [[], ''],
        ] as const) {
          const client = await connectSocket({ path, protocols: [...protocols] });
          expect(client.socket.protocol).toBe(chosen);
          expect(client.socket.extensions).toBe('');
          client.socket.terminate();
        }
      },
    );

    it('fails with 404 at any other path', async () => {
      await expect(connectSocket({ path: '/websocket/other' })).rejects.toThrow('404');
    });

    it('ignores the token in the query, cookies and the origin: only auth authenticates', async () => {
      const socket = new WebSocket(`${app.url.replace('http', 'ws')}/websocket/chat_bot?token=${bot.token}`, {
        headers: { origin: 'https://evil.example', cookie: alice.cookie },
      });
      const answer = new Promise<string>((resolve) => socket.on('message', (data: Buffer) => resolve(data.toString())));
      await new Promise((resolve) => socket.once('open', resolve));
      socket.send(JSON.stringify({ type: 1, id: 1, method: 'getChats', payload: {} }));
      expect(JSON.parse(await answer)).toMatchObject({ type: 2, id: 1, payload: { errorCode: 200 } });
      socket.terminate();
    });

    it('responds to auth before any event', async () => {
      const client = await app.open(bot, { receiveUnread: true });
      expect(client.frames[0]).toEqual({
        type: 2,
        id: expect.any(Number),
        payload: { userId: bot.userId, connectionId: client.connectionId },
      });
      expect(client.frames[1]).toMatchObject({
        type: 1,
        id: 1,
        method: 'getFileUploadLimits',
        payload: { extensions: null },
      });
      expect(await client.call('auth', { token: bot.token, tokenType: 'JWT' })).toMatchObject({
        connectionId: client.connectionId,
      });
      await client.close();
    });

    it('rejects invalid credentials in auth and closes with 4408 without a successful auth', async () => {
      const client = await connectSocket();
      expect(await client.request('sendMessage', {})).toMatchObject({ errorCode: 200 });
      const refusal = async (payload: object) => (await client.request('auth', payload)).errorCode as number;
      expect(await refusal({ token: 'a.b.c', tokenType: 'JWT' })).toBe(201);
      expect(await refusal({ token: forge(bot.token, {}, 'another key') })).toBe(201);
      expect(await refusal({ token: forge(bot.token, { sub: 'another' }) })).toBe(201);
      expect(await refusal({ token: alice.cookie.replace('token=', '') })).toBe(201);
      expect(await refusal({ token: forge(bot.token, { exp: 1_700_000_000 }) })).toBe(203);
      expect(await refusal({ token: bot.token, tokenType: 'OAuth' })).toBe(204);
      expect(await refusal({})).toBe(399);
      expect(await client.waitClosed()).toMatchObject({ code: 4408 });
    });

    it('rejects a frame nested too deeply with 399, also in auth', async () => {
      const client = await connectSocket();
      const deep = (method: string) =>
        `{"type":1,"id":7,"method":"${method}","payload":{"token":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`;
      for (const method of ['auth', 'getChats']) {
        expect(await client.requestWithId(0, deep(method))).toMatchObject({
          errorCode: 399,
          errorDescription: expect.stringContaining('64 levels'),
        });
      }
      expect(await client.request('auth', { token: bot.token })).toMatchObject({ userId: bot.userId });
      client.socket.terminate();
    });

    it('does not respond to auth while the database is down, and responds to other requests with 300', async () => {
      const [known, client] = [await app.open(bot), await connectSocket()];
      const outage = Object.assign(new Error('terminating connection'), { code: '57P01' });
      const broken = jest.spyOn(Database.prototype, 'query').mockRejectedValue(outage);
      jest.spyOn(Database.prototype, 'manager', 'get').mockImplementation(() => {
        throw outage;
      });
      client.sendText(JSON.stringify({ type: 1, id: 1, method: 'auth', payload: { token: bot.token } }));
      expect(await known.request('getChats')).toMatchObject({ errorCode: 300 });
      expect(client.frames).toEqual([]);
      broken.mockRestore();
      jest.restoreAllMocks();
      expect(await client.request('auth', { token: bot.token })).toMatchObject({ userId: bot.userId });
      for (const { socket } of [known, client]) socket.terminate();
    });

    it('rejects auth with 302 when the bot has no free session slot', async () => {
      const crowded = await app.createBot('Crowded');
      const clients = [await app.open(crowded), await app.open(crowded), await app.open(crowded)];
      const late = await connectSocket();
      expect(await late.request('auth', { token: crowded.token })).toMatchObject({ errorCode: 302 });
      await clients[0].close();
      await waitFor(async () => !(await late.request('auth', { token: crowded.token })).errorCode, {
        what: 'a free session slot',
      });
      for (const client of [...clients, late]) client.socket.terminate();
    });

    it('rejects a socket with 429 at the limit of unauthenticated sockets per address', async () => {
      const { limits } = app.app.get(ConnectorGateway)['admission'];
      const before = { ...limits };
      const known = await app.open(bot);
      Object.assign(limits, { maxUnauthenticatedPerAddress: 20 });
      const unauthenticated = await Promise.all(Array.from({ length: 20 }, () => connectSocket()));
      await expect(connectSocket()).rejects.toThrow('429');
      expect(await known.call('getChats')).toEqual(expect.any(Array));
      unauthenticated[0].socket.terminate();
      const late = await waitFor(() => connectSocket().catch(() => undefined), { what: 'room for one more' });
      Object.assign(limits, before);
      for (const client of [known, late, ...unauthenticated]) client.socket.terminate();
    });

    it('closes the oldest unauthenticated socket with 1013 at the limit of the process', async () => {
      const { limits } = app.app.get(ConnectorGateway)['admission'];
      const before = { ...limits };
      const known = await app.open(bot);
      Object.assign(limits, { maxUnauthenticated: 10 });
      const unauthenticated: ConnectorClient[] = [];
      for (let i = 0; i < 10; i++) unauthenticated.push(await connectSocket());
      const late = await app.open(bot);
      expect(await unauthenticated[0].waitClosed()).toMatchObject({ code: 1013 });
      expect(unauthenticated.slice(1).every(({ closed }) => closed === undefined)).toBe(true);
      expect(await Promise.all([known, late].map((client) => client.call('getChats')))).toHaveLength(2);
      Object.assign(limits, before);
      for (const client of [known, late, ...unauthenticated]) client.socket.terminate();
    });

    it('rejects a socket with 429 above the connection rate of its address', async () => {
      const server = app.app.get(ConnectorGateway);
      const rate = server['connectionRate'];
      const limited = { ...rate, name: 'connector-connections-test', windows: [{ max: 5, seconds: 60 }] };
      Object.assign(server, { connectionRate: limited });
      const open = await Promise.all(Array.from({ length: 5 }, () => connectSocket()));
      await expect(connectSocket()).rejects.toThrow('429');
      Object.assign(server, { connectionRate: rate });
      for (const client of open) client.socket.terminate();
    });
  });

  describe('an open socket stays open when the client', () => {
    let client: ConnectorClient;
    beforeEach(async () => (client = await app.open(bot)));
    afterEach(() => client.socket.terminate());

    it.each([
      ['{"type":1,"id":7', 0],
      ['[]', 0],
      ['"x"', 0],
      ['null', 0],
      ['{}', 0],
      ['{"type":1,"id":-1,"method":"getChats"}', 0],
      ['{"type":1,"id":4294967296,"method":"getChats"}', 0],
      ['{"type":1,"id":"7","method":"getChats"}', 0],
      ['{"type":3,"id":7,"method":"getChats"}', 7],
      ['{"id":7,"method":"getChats"}', 7],
      ['{"type":1,"id":7}', 7],
      ['{"type":1,"id":7,"method":{}}', 7],
      ['{"type":1,"id":7,"method":"getChats","payload":"x"}', 7],
      ['{"type":1,"id":7,"method":"__proto__","payload":{"__proto__":{"x":1}}}', 7],
      [`${'['.repeat(5000)}`, 0],
    ])('sends %s, and responds with an error', async (frame, id) => {
      const answer = await client.requestWithId(id, frame);
      expect(answer.errorCode).toBeGreaterThan(0);
      expect(answer.errorDescription).toMatch(/\w/);
      expect(await client.call('getChats')).toEqual(expect.any(Array));
    });

    it.each([
      ['\ud800', 'half of a surrogate pair'],
      ['a\0b', 'NUL'],
    ])('sends the text %j, and responds with 399 and the field name', async (text, problem) => {
      const answer = await client.request('sendMessage', { chatId, content: { text, parseMode: 'text' } });
      expect(answer).toMatchObject({ errorCode: 399, errorDescription: expect.stringContaining(problem) });
      expect(answer.errorDescription).toContain('"content.text"');
      for (const payload of [
        { chatId: text },
        { chatId, [text]: 1 },
        { chatId, content: { text: 'x' }, replyMessageId: text },
      ])
        expect(await client.request('sendMessage', payload)).toMatchObject({ errorCode: 399 });
      expect(await client.request('auth', { token: text })).toMatchObject({ errorCode: 399 });
    });

    it('repeats a request id, and rejects the second request with 2', async () => {
      const frame = {
        type: 1,
        id: 7,
        method: 'sendMessage',
        payload: { chatId, content: { text: 'once', parseMode: 'text' } },
      };
      await client.requestWithId(7, frame);
      expect(await client.requestWithId(7, frame)).toMatchObject({ errorCode: 2 });
      expect((await api.listMessages(alice, chatId)).filter(({ body }) => body === 'once')).toHaveLength(1);
    });

    it('acknowledges unknown ids', async () => {
      for (const id of [999_999, 0, 4_294_967_295]) client.acknowledge(id);
      client.sendText('{"type":2,"id":1,"payload":null}');
      expect(await client.call('getChats')).toEqual(expect.any(Array));
    });

    it('sends one byte at a time', async () => {
      const { socket, received } = await rawSocket(app.url, bot.token);
      socket.setNoDelay(true);
      for (const byte of maskedFrame('{"type":1,"id":77,"method":"getChats"}')) {
        socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await waitFor(() => received().includes('{"type":2,"id":77,"payload":['), { what: 'the response' });
      socket.destroy();
    });

    it('sends 40 requests at once, and responds in order', async () => {
      const answers = await Promise.all(Array.from({ length: 40 }, () => client.request('getChats')));
      expect(answers).toHaveLength(40);
      const ids = client.frames.filter(({ type }) => type === 2).map(({ id }) => id);
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    });
  });

  describe('an open socket is closed when the client', () => {
    it('sends only invalid frames', async () => {
      const client = await app.open(bot);
      for (let i = 0; i < 30; i++) client.sendText('{');
      expect(await client.waitClosed()).toMatchObject({ code: 4400 });
    });

    it('sends binary frames', async () => {
      const client = await connectSocket();
      client.socket.send(Buffer.from('{}'));
      expect(await client.waitClosed()).toMatchObject({ code: 1003 });
    });

    it('sends a frame larger than 64 KiB', async () => {
      const exact = await app.open(bot);
      const frame = (size: number) => `{"type":1,"id":9,"method":"${'x'.repeat(size - 29)}"}`;
      expect(Buffer.byteLength(frame(65_536))).toBe(65_536);
      expect(await exact.requestWithId(9, frame(65_536))).toMatchObject({ errorCode: 307 });
      exact.sendText(frame(65_537));
      expect(await exact.waitClosed()).toMatchObject({ code: 1009 });
    });

    it.each([
      ['invalid UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe], 1007],
      ['an unmasked frame', [0x81, 0x02, 0x7b, 0x7d], 1002],
      ['reserved bits', [0xf1, 0x80, 0, 0, 0, 0], 1002],
      ['an unknown opcode', [0x8b, 0x80, 0, 0, 0, 0], 1002],
      ['a length of a gigabyte', [0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4], 1009],
    ])('sends %s', async (_what, bytes, code) => {
      const { socket, closed } = await rawSocket(app.url);
      socket.write(Buffer.from(bytes));
      expect(await closed).toBe(code);
    });

    it('sends endless fragments', async () => {
      const { socket, closed } = await rawSocket(app.url);
      socket.write(Buffer.from([0x01, 0x80, 0, 0, 0, 0]));
      const fragment = Buffer.concat([Buffer.from([0x00, 0xfe, 0x10, 0x00, 0, 0, 0, 0]), Buffer.alloc(4096, 'x')]);
      for (let i = 0; i < 20; i++) socket.write(fragment);
      expect(await closed).toBe(1009);
    });

    it('floods the socket, while other sockets are served', async () => {
      const [flooder, other] = [await app.open(bot), await app.open(await app.createBot('Calm'))];
      const slowest = async () => {
        let worst = 0;
        for (let i = 0; i < 10; i++) {
          const startedAt = performance.now();
          await other.call('getChats');
          worst = Math.max(worst, performance.now() - startedAt);
        }
        return worst;
      };
      await slowest();
      for (let i = 0; i < 10_000; i++) flooder.sendText(`{"type":1,"id":${i},"method":"getChats"}`);
      // The same thread sends the 10,000 frames and serves them.
      expect(await slowest()).toBeLessThan(1000);
      expect(await flooder.waitClosed()).toMatchObject({ code: 4429 });
      expect(flooder.frames.some(({ payload }) => payload?.errorCode === 300)).toBe(true);
      other.socket.terminate();
    });

    it('sends endless pings', async () => {
      const client = await app.open(bot);
      for (let i = 0; i < 5000; i++) client.socket.ping();
      // 1006 if the connection is terminated before the close frame is sent.
      expect([4429, 1006]).toContain((await client.waitClosed()).code);
    });

    it('answers no ping', async () => {
      const { closed } = await rawSocket(app.url, bot.token);
      expect(await closed).toBe(1001);
    });

    it('uses a token that is replaced, or its bot is disabled or removed', async () => {
      const admin = async (method: string, path: string) => {
        const response = await fetch(`${app.url}/v1/admin-api${path}`, {
          method,
          headers: { authorization: TEST_SECRETS.ADMIN_SECRET_KEY },
        });
        if (!response.ok) throw new Error(await response.text());
      };
      const doomed = await app.createBot('Doomed');
      const withOld = await app.open(doomed);
      await admin('PUT', `/bot/${doomed.id}/key`);
      expect(await withOld.waitClosed(1000)).toMatchObject({ code: 4401 });
      const refused = await connectSocket();
      expect(await refused.request('auth', { token: doomed.token })).toMatchObject({ errorCode: 201 });

      const key = await (
        await fetch(`${app.url}/v1/admin-api/bot/${doomed.id}/key`, {
          headers: { authorization: TEST_SECRETS.ADMIN_SECRET_KEY },
        })
      ).json();
      doomed.token = await fetchToken(app.url, (key as { key: string }).key);
      const disabled = await app.open(doomed);
      await admin('POST', `/bot/${doomed.id}/disable`);
      expect(await disabled.waitClosed(1000)).toMatchObject({ code: 4401 });
      expect(await refused.request('auth', { token: doomed.token })).toMatchObject({ errorCode: 202 });
      await admin('POST', `/bot/${doomed.id}/enable`);

      const removed = await app.open(doomed);
      await admin('DELETE', `/bot/${doomed.id}`);
      expect(await removed.waitClosed(1000)).toMatchObject({ code: 4401 });
      refused.socket.terminate();
    });
  });
});
