import { runSql } from '../../support/databases.js';
import { deletionRunner } from '../../support/deletions.js';
import { ApiCaller, clientError, type ClientApis, startClientApis } from './client-caller.js';

describe('Client, Bot and Admin API: bots', () => {
  let apis: ClientApis;

  beforeAll(async () => {
    apis = await startClientApis();
  });
  afterAll(() => apis.close());

  describe('anonymous caller', () => {
    it('lists the bots in creation order', async () => {
      const { status, body: before } = await apis.anonymous.get('/bots');
      expect(status).toBe(200);
      const avatar = 'https://example.com/a.png';
      const full = await apis.createBot({ description: 'All of it.', avatar });
      const bare = await apis.createBot();
      expect((await apis.anonymous.get('/bots')).body).toEqual([
        ...before,
        { id: full.id, name: full.name, description: 'All of it.', avatar },
        { id: bare.id, name: bare.name },
      ]);
    });

    it('gets one bot', async () => {
      const bot = await apis.createBot({ description: 'One.' });
      const { status, body } = await apis.anonymous.get(`/bot/${bot.id}`);
      expect(status).toBe(200);
      expect(body).toEqual({ id: bot.id, name: bot.name, description: 'One.' });
    });

    it('gets 404 for an unknown bot', async () => {
      for (const id of ['missing', '1;DROP%20TABLE%20bots', '%F0%9F%91%BB', 'x'.repeat(5000)]) {
        expect(await apis.anonymous.get(`/bot/${id}`)).toMatchObject({
          status: 404,
          body: clientError('Bot not found.'),
        });
      }
    });
  });

  it('shows the commands of a bot to people', async () => {
    const [alice, bot] = [await apis.signUp(), await apis.createBot()];
    expect(await alice.get(`/bot/${bot.id}/commands`)).toMatchObject({ status: 200, body: [] });
    await runSql(
      apis.settings.databaseUrl,
      `INSERT INTO bot_commands (id, bot_id, alias, description) VALUES ('2', '${bot.id}', 'help', ''), ('1', '${bot.id}', 'start', 'Begin.')`,
    );
    expect((await alice.get(`/bot/${bot.id}/commands`)).body).toEqual([
      { id: '1', alias: 'start', description: 'Begin.' },
      { id: '2', alias: 'help' },
    ]);
    expect(await alice.get('/bot/missing/commands')).toMatchObject({
      status: 404,
      body: clientError('Bot not found.'),
    });
  });

  describe('admin', () => {
    it('requires the key', async () => {
      const without = new ApiCaller(`${apis.url}/v1/admin-api`);
      expect(await without.post('/bot', { name: 'x' })).toMatchObject({
        status: 403,
        body: clientError('Admin key is required.'),
      });
      for (const authorization of ['nonsense', `Bearer ${apis.settings.ADMIN_SECRET_KEY}`, 'x'.repeat(10_000)]) {
        const answer = await without.post('/bot', { name: 'x' }, { headers: { authorization } });
        expect(answer).toMatchObject({ status: 403, body: clientError('Access denied.') });
      }
    });

    it('creates a bot with its key', async () => {
      const { status, body, headers } = await apis.admin.post('/bot', {
        name: 'New-Bot 1',
        description: 'd',
        isDisabled: true,
      });
      expect(status).toBe(201);
      expect(headers.get('cache-control')).toBe('no-store');
      const id = expect.stringMatching(/^[0-9a-z]{26}$/);
      expect(body).toEqual({ bot: { id, name: 'New-Bot 1', description: 'd' }, key: expect.any(String) });
      expect(body.key).toMatch(new RegExp(`^${body.bot.id}:[A-Za-z0-9]+$`));
      expect(await apis.withKey(body.key).get('/bot')).toMatchObject({ status: 200, body: body.bot });
    });

    const EMPTY = 'bot name must not be empty';
    const TOO_LONG = 'bot name should not be longer than 32 characters';
    const CHARACTERS = 'bot name should contain upper/lower case English letters, spaces, dashes or numbers';
    it.each<[unknown, string]>([
      [{}, EMPTY],
      [{ name: '' }, EMPTY],
      [{ name: null }, EMPTY],
      [{ name: 'x'.repeat(33) }, TOO_LONG],
      [{ name: 'é'.repeat(17) }, TOO_LONG],
      [{ name: 'a_b' }, CHARACTERS],
      [{ name: 'ab\u202e' }, CHARACTERS],
    ])('rejects a bot with %j', async (body, message) => {
      const error = clientError(message, { field: 'name' });
      expect(await apis.admin.post('/bot', body)).toMatchObject({ status: 400, body: error });
    });

    it('rejects a second bot with the same name, also under concurrent requests', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => apis.admin.post('/bot', { name: 'Only One' })));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.find(({ status }) => status !== 201)).toMatchObject({
        status: 400,
        body: clientError('Bot with this name already exists.'),
      });
    });

    it.each([
      [{ description: 'd'.repeat(513) }],
      [{ avatar: 'ftp://example.com/a.png' }],
      [{ avatar: '%zz' }],
      [{ avatar: 'https://u:p@example.com/' }],
      [{ avatar: `https://example.com/${'a'.repeat(256)}` }],
    ])('ignores an invalid field: %j', async (fields) => {
      const name = `Plain ${Math.random().toString(36).slice(2)}`;
      const { status, body } = await apis.admin.post('/bot', { name, ...fields });
      expect(status).toBe(201);
      expect(body.bot).toEqual({ id: body.bot.id, name });
    });

    it('gets and rotates the key', async () => {
      const bot = await apis.createBot();
      expect(await apis.admin.get(`/bot/${bot.id}/key`)).toMatchObject({ status: 200, body: { key: bot.key } });
      const renewed = await apis.admin.put(`/bot/${bot.id}/key`);
      expect(renewed).toMatchObject({ status: 200, body: { key: expect.stringMatching(`^${bot.id}:`) } });
      expect(renewed.body.key).not.toBe(bot.key);
      expect((await apis.admin.get(`/bot/${bot.id}/key`)).body).toEqual({ key: renewed.body.key });
      expect((await apis.withKey(bot.key).get('/bot')).status).toBe(403);
      expect((await apis.withKey(renewed.body.key).get('/bot')).status).toBe(200);
    });

    it('leaves one valid key after concurrent rotations', async () => {
      const bot = await apis.createBot();
      const renewals = await Promise.all(Array.from({ length: 6 }, () => apis.admin.put(`/bot/${bot.id}/key`)));
      expect(renewals.map(({ status }) => status)).toEqual(Array(6).fill(200));
      const current = (await apis.admin.get(`/bot/${bot.id}/key`)).body.key;
      for (const { body } of renewals) {
        expect((await apis.withKey(body.key).get('/bot')).status).toBe(body.key === current ? 200 : 403);
      }
    });

    it('rejects a rotation for an unknown bot with 404', async () => {
      expect(await apis.admin.get('/bot/missing/key')).toMatchObject({
        status: 404,
        body: clientError('Key not found.'),
      });
      expect(await apis.admin.put('/bot/missing/key')).toMatchObject({
        status: 404,
        body: clientError('Bot not found.'),
      });
    });

    it('deletes a bot with its key, webhook and chats', async () => {
      const [alice, bot] = [await apis.signUp(), await apis.createBot()];
      const { body: chat } = await alice.post('/chat', { botId: bot.id });
      await alice.post('/chat/message', { chatId: chat.id, body: 'hello' });
      await bot.post('/bot/webhook', { url: 'https://example.com/hook' });

      expect(await apis.admin.delete(`/bot/${bot.id}`)).toMatchObject({
        status: 200,
        body: { message: 'Bot deleted.' },
      });
      expect(await apis.admin.delete(`/bot/${bot.id}`)).toMatchObject({
        status: 404,
        body: clientError('Bot not found.'),
      });
      expect((await apis.anonymous.get(`/bot/${bot.id}`)).status).toBe(404);
      expect((await alice.post('/chat/message', { chatId: chat.id, body: 'hello?' })).status).toBe(404);
      await deletionRunner(apis.app).run();
      const [left] = await runSql<Record<string, string>>(
        apis.settings.databaseUrl,
        `SELECT (SELECT count(*) FROM bot_tokens WHERE bot_id = '${bot.id}') AS tokens,
                (SELECT count(*) FROM bot_endpoints WHERE bot_id = '${bot.id}') AS endpoints,
                (SELECT count(*) FROM messages WHERE chat_id = '${chat.id}') AS messages`,
      );
      expect(left).toEqual({ tokens: '0', endpoints: '0', messages: '0' });
    });
  });

  describe('bot', () => {
    it('requires its key', async () => {
      const bot = await apis.createBot();
      const [id, token] = bot.key.split(':') as [string, string];
      const without = new ApiCaller(`${apis.url}/v1/bot-api`);
      expect(await without.get('/bot')).toMatchObject({ status: 403, body: clientError('Bot key is required.') });
      for (const key of [
        'nonsense',
        `${id}:wrong`,
        `${id}:`,
        `:${token}`,
        `x:y`,
        `Bearer ${bot.key}`,
        `${id}:${token}x`,
      ]) {
        expect(await apis.withKey(key).get('/bot')).toMatchObject({
          status: 403,
          body: clientError('Invalid bot key.'),
        });
      }
      const other = await apis.createBot();
      expect((await apis.withKey(`${other.id}:${token}`).get('/bot')).status).toBe(403);
    });

    it('gets itself', async () => {
      const bot = await apis.createBot({ description: 'Me.' });
      const { status, body } = await bot.get('/bot');
      expect(status).toBe(200);
      expect(body).toEqual({ id: bot.id, name: bot.name, description: 'Me.' });
    });

    it('has one webhook with one secret after concurrent requests', async () => {
      const bot = await apis.createBot();
      const set = (i: number) => bot.post('/bot/webhook', { url: `https://example.com/${i}` });
      const answers = await Promise.all([1, 2, 3, 4].map(set));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(new Set(answers.map(({ body }) => body.signingSecret)).size).toBe(1);
    });

    it('sets, gets, replaces and deletes its webhook', async () => {
      const bot = await apis.createBot();
      const none = { status: 404, body: clientError('Webhook not found.') };
      expect(await bot.get('/bot/webhook')).toMatchObject(none);
      expect(await bot.delete('/bot/webhook')).toMatchObject(none);

      const first = { url: 'https://example.com/one', secret: 'sec ret' };
      const set = await bot.post('/bot/webhook', first);
      expect(set.status).toBe(200);
      expect(set.body).toEqual({
        botId: bot.id,
        ...first,
        signingSecret: expect.stringMatching(/^whsec_[\w+/]{43}=$/),
      });
      expect(await bot.get('/bot/webhook')).toMatchObject({ status: 200, body: set.body });

      const replaced = await bot.post('/bot/webhook', { url: 'http://127.0.0.1:8080/two' });
      expect(replaced.body).toEqual({
        botId: bot.id,
        url: 'http://127.0.0.1:8080/two',
        signingSecret: set.body.signingSecret,
      });
      expect((await bot.get('/bot/webhook')).body).toEqual(replaced.body);

      expect(await bot.delete('/bot/webhook')).toMatchObject({ status: 200, body: { message: 'Webhook deleted.' } });
      expect(await bot.get('/bot/webhook')).toMatchObject(none);
    });

    const INVALID = 'specified url is not valid';
    it.each<[object, string]>([
      [{}, 'webhook url must not be empty'],
      [{ url: '' }, 'webhook url must not be empty'],
      [{ url: '%zz' }, INVALID],
      [{ url: 'example.com' }, INVALID],
      [{ url: '/hook' }, INVALID],
      [{ url: '//example.com/hook' }, INVALID],
      [{ url: 'ftp://example.com/hook' }, INVALID],
      [{ url: 'file:///etc/passwd' }, INVALID],
      [{ url: 'https:///hook' }, INVALID],
      [{ url: 'https://u:p@example.com/' }, INVALID],
      [{ url: 'https://example.com/#f' }, INVALID],
      [{ url: 'https://exa\tmple.com/' }, INVALID],
      [{ url: 'https://example.com:65536/' }, INVALID],
      [{ url: `https://example.com/${'a'.repeat(109)}` }, 'webhook url should not be longer than 128 characters'],
      [
        { url: 'https://example.com', secret: 's'.repeat(65) },
        'webhook secret should not be longer than 64 characters',
      ],
      [
        { url: 'https://example.com', secret: 'a\r\nx: y' },
        'webhook secret should contain only visible ASCII characters and spaces',
      ],
    ])('rejects a webhook with %j', async (body, message) => {
      const bot = await apis.createBot();
      expect(await bot.post('/bot/webhook', body)).toMatchObject({ status: 400, body: clientError(message) });
      expect((await bot.get('/bot/webhook')).status).toBe(404);
    });

    it('accepts a webhook with fields of the maximum length', async () => {
      const bot = await apis.createBot();
      const body = { url: `https://example.com/${'a'.repeat(108)}`, secret: 's'.repeat(64) };
      expect(await bot.post('/bot/webhook', body)).toMatchObject({ status: 200, body });
    });
  });
});
