import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../../support/app.js';
import { runSql } from '../../support/databases.js';
import { waitFor } from '../../support/wait-for.js';
import { newBot } from '../platform/platform-caller.js';
import { ApiCaller, clientError, type ClientApis, type Json, startClientApis, type TestBot } from './client-caller.js';

describe('Admin API: bots', () => {
  let apis: ClientApis;

  beforeAll(async () => {
    apis = await startClientApis();
  });
  afterAll(() => apis.close());

  const audit = async (): Promise<Json[]> => (await apis.admin.get('/audit')).body;

  it('lists all bots by pages in creation order', async () => {
    const made: TestBot[] = [];
    for (let i = 0; i < 3; i++) made.push(await apis.createBot());
    await made[1].post('/bot/webhook', { url: 'https://example.com/hook' });
    await apis.admin.post(`/bot/${made[2].id}/disable`);
    const { status, body } = await apis.admin.get('/bots');
    expect(status).toBe(200);
    const bare = (bot: (typeof made)[number]) => ({ id: bot.id, name: bot.name, createdAt: expect.any(Number) });
    expect(body.slice(-3)).toEqual([
      { ...bare(made[0]), isDisabled: false, reachedBy: [] },
      { ...bare(made[1]), isDisabled: false, reachedBy: ['webhook'] },
      { ...bare(made[2]), isDisabled: true, reachedBy: [] },
    ]);
    expect((await apis.admin.get('/bots?limit=1')).body).toEqual(body.slice(0, 1));
    expect((await apis.admin.get(`/bots?limit=1&after=${made[1].id}`)).body).toEqual(body.slice(-1));
    expect((await apis.admin.get('/bots?after=missing')).status).toBe(404);
    for (const limit of ['0', '-1', '1001', 'x']) {
      expect(await apis.admin.get(`/bots?limit=${limit}`)).toMatchObject({ status: 400, body: { field: 'limit' } });
    }
    expect((await apis.anonymous.get('/bots')).body).not.toContainEqual(expect.objectContaining({ id: made[2].id }));
  });

  it('disables a bot, rejects its key, and enables it again', async () => {
    const bot = await apis.createBot();
    expect(await apis.admin.post(`/bot/${bot.id}/disable`)).toMatchObject({ status: 200, body: { isDisabled: true } });
    expect(await bot.get('/bot')).toMatchObject({ status: 403, body: clientError('Invalid bot key.') });
    const { body: renewed } = await apis.admin.put(`/bot/${bot.id}/key`);
    expect((await apis.withKey(renewed.key).get('/bot')).status).toBe(403);
    expect(await apis.admin.post(`/bot/${bot.id}/enable`)).toMatchObject({ status: 200, body: { isDisabled: false } });
    expect((await apis.withKey(renewed.key).get('/bot')).status).toBe(200);
    for (const act of ['disable', 'enable']) {
      expect(await apis.admin.post(`/bot/missing/${act}`)).toMatchObject({
        status: 404,
        body: clientError('Bot not found.'),
      });
    }
  });

  it('rotates a key with an overlap, and keeps at most two valid keys', async () => {
    const bot = await apis.createBot();
    const keys = [bot.key];
    for (let i = 0; i < 2; i++) keys.push((await apis.admin.put(`/bot/${bot.id}/key?overlap=600`)).body.key);
    const statuses = async () => Promise.all(keys.map(async (key) => (await apis.withKey(key).get('/bot')).status));
    expect(await statuses()).toEqual([403, 200, 200]);
    expect((await apis.admin.get(`/bot/${bot.id}/key`)).body.key).toBe(keys[2]);
    await runSql(
      apis.settings.databaseUrl,
      `UPDATE bot_tokens SET expires_at = now() WHERE bot_id = '${bot.id}' AND expires_at IS NOT NULL`,
    );
    await waitFor(async () => (await apis.withKey(keys[1]).get('/bot')).status === 403, {
      what: 'the end of the overlap',
    });
    expect(await statuses()).toEqual([403, 403, 200]);
    await apis.admin.put(`/bot/${bot.id}/key`);
    expect(await statuses()).toEqual([403, 403, 403]);
    for (const overlap of ['-1', '604801', 'x', '1.5']) {
      expect((await apis.admin.put(`/bot/${bot.id}/key?overlap=${overlap}`)).status).toBe(400);
    }
  });

  it('records each operation in the audit log, also for deleted bots, and no secret', async () => {
    const bot = await apis.createBot();
    await apis.admin.get(`/bot/${bot.id}/key`);
    await apis.admin.put(`/bot/${bot.id}/key?overlap=5`);
    await apis.admin.post(`/bot/${bot.id}/disable`);
    await apis.admin.post(`/bot/${bot.id}/enable`);
    await apis.admin.delete(`/bot/${bot.id}`);
    await apis.admin.delete(`/bot/${bot.id}`);
    const entries = (await audit()).filter(({ subject }) => subject === bot.id);
    expect(entries.map(({ action, details }) => [action, details])).toEqual([
      ['bot.deleted', { name: bot.name }],
      ['bot.enabled', {}],
      ['bot.disabled', {}],
      ['bot.key_renewed', { overlapSeconds: 5 }],
      ['bot.key_shown', {}],
      ['bot.created', { name: bot.name }],
    ]);
    expect(entries[0]).toEqual({
      id: expect.any(String),
      timestamp: expect.any(Number),
      actor: 'admin-key',
      action: 'bot.deleted',
      subject: bot.id,
      details: { name: bot.name },
      requestId: expect.stringMatching(/^[\w-]{36}$/),
    });
    expect(JSON.stringify(entries)).not.toContain(bot.key.split(':')[1]);
    const page = await apis.admin.get(`/audit?limit=2&before=${entries[1].id}`);
    expect(page.body.map(({ id }: Json) => id)).toEqual([entries[2].id, entries[3].id]);
    expect((await apis.admin.get('/audit?limit=0')).status).toBe(400);
    const without = new ApiCaller(`${apis.url}/v1/admin-api`);
    expect(await without.get('/audit')).toMatchObject({ status: 403, body: clientError('Admin key is required.') });
  });

  it('records operations of the Platform API in the same audit log', async () => {
    const headers = { 'api-token': apis.settings.API_TOKEN, 'content-type': 'application/json' };
    const bots = `${apis.url}/v3/bots`;
    const created = await fetch(bots, { method: 'POST', headers, body: JSON.stringify(newBot('audited')) });
    expect(await created.json()).toMatchObject({ bot: { bot_userid: 'audited' } });
    expect((await fetch(`${bots}/audited`, { method: 'DELETE', headers })).status).toBe(200);
    const entries = (await audit()).filter(({ subject }) => subject === 'audited');
    expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
      ['bot.deleted', 'api-token'],
      ['bot.created', 'api-token'],
    ]);
  });

  it('records operations of the Platform API on channels, accounts and tokens in the audit log', async () => {
    const headers = { 'api-token': apis.settings.API_TOKEN, 'content-type': 'application/json' };
    const call = async (method: string, path: string, body?: object): Promise<Json> => {
      const response = await fetch(`${apis.url}/v3/${path}`, { method, headers, body: JSON.stringify(body) });
      expect([path, response.status]).toEqual([path, 200]);
      return response.json();
    };
    const recorded = async (id: string) =>
      (await audit()).filter(({ subject }) => subject === id).map(({ action, details }) => [action, details]);
    await call('POST', 'users', { user_id: 'noted', nickname: 'Noted', profile_url: '' });
    await call('POST', 'group_channels', { channel_url: 'noted_channel', user_ids: ['noted'] });
    await call('PUT', 'group_channels/noted_channel', { name: 'Other', operator_ids: ['noted'] });
    await call('PUT', 'group_channels/noted_channel/freeze', { freeze: true });
    await call('DELETE', 'group_channels/noted_channel/operators?operator_ids=noted');
    await call('DELETE', 'group_channels/noted_channel');
    expect(await recorded('noted_channel')).toEqual([
      ['chat.deleted', {}],
      ['chat.changed', { fields: 'roles' }],
      ['chat.changed', { fields: 'isFrozen' }],
      ['chat.changed', { fields: 'title, operators' }],
      ['chat.created', {}],
    ]);
    await call('POST', 'users/noted/token');
    await call('DELETE', 'users/noted');
    expect(await recorded('noted')).toEqual([
      ['user.deleted', {}],
      ['user.session_issued', {}],
    ]);
    const { id } = await call('POST', 'applications/api_tokens');
    await call('DELETE', `applications/api_tokens/${id}`);
    expect(await recorded(id)).toEqual([
      ['api_token.revoked', {}],
      ['api_token.created', {}],
    ]);
  });

  it('ends the sessions of a user and keeps its chats', async () => {
    const [alice, bot] = [await apis.signUp(), await apis.createBot()];
    const { body: chat } = await alice.post('/chat', { botId: bot.id });
    expect(await apis.admin.delete(`/user/${alice.id}/sessions`)).toMatchObject({
      status: 200,
      body: { message: 'Sessions revoked.' },
    });
    expect((await alice.get('/user')).status).toBe(401);
    expect((await bot.get(`/chats?user_id=${alice.id}`)).body).toEqual([chat]);
    expect((await apis.admin.delete('/user/missing/sessions')).status).toBe(404);
    expect((await audit())[0]).toMatchObject({ action: 'user.sessions_revoked', subject: alice.id });
  });
});

describe('Admin API: the settings file', () => {
  it('is reloaded in every process, body limits included, and an invalid file changes nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-config-'));
    const CONFIG_FILE = join(folder, 'config.json');
    const write = (config: object | string) =>
      writeFile(CONFIG_FILE, typeof config === 'string' ? config : JSON.stringify(config));
    await write({ service: { name: 'Before' } });
    const apis = await startClientApis({ CONFIG_FILE });
    const second = await startApp({ CONFIG_FILE, DATABASE_URL: apis.settings.databaseUrl });
    const there = new ApiCaller(`${second.url}/v1/client-api`);
    try {
      const nameIn = async (caller: ApiCaller): Promise<string> => (await caller.get('/service-info')).body.name;
      expect([await nameIn(apis.anonymous), await nameIn(there)]).toEqual(['Before', 'Before']);
      const alice = await apis.signUp();
      const { body: chat } = await alice.post('/chat', { botId: (await apis.createBot()).id });
      const escaped = `{"chatId":"${chat.id}","body":"${'\\u0001'.repeat(60_000)}"}`;
      expect(await alice.post('/chat/message', escaped)).toMatchObject({ status: 413 });

      await write({
        service: { name: 'After' },
        limits: { user: { minNicknameLength: 5, authTokenLifetime: 1 }, message: { maxBodyLength: 65_536 } },
      });
      expect(await apis.admin.put('/config')).toMatchObject({ status: 200, body: { message: 'Config reloaded.' } });
      expect(await nameIn(apis.anonymous)).toBe('After');
      await waitFor(async () => (await nameIn(there)) === 'After', { what: 'the other process' });
      for (const caller of [apis.anonymous, there]) {
        expect(await caller.post('/user', { nickname: 'abcd' })).toMatchObject({
          status: 400,
          body: clientError('Nickname must be at least 5 characters long.'),
        });
      }
      expect((await alice.post('/chat/message', escaped)).status).toBe(201);
      const [cookie] = (await alice.get('/user')).headers.getSetCookie();
      const expires = Date.parse(/Expires=([^;]+)/.exec(cookie)![1]);
      expect(expires - Date.now()).toBeLessThanOrEqual(61_000);

      for (const broken of ['{', '[]', { limits: { user: { minNicknameLength: 0 } } }, { service: { name: 5 } }]) {
        await write(broken);
        const answer = await apis.admin.put('/config');
        expect(answer).toMatchObject({ status: 500, body: { code: 'config.invalid' } });
        expect(answer.body.message).toMatch(/^CONFIG_FILE: /);
        expect(answer.body.message).not.toContain(folder);
        expect(await nameIn(apis.anonymous)).toBe('After');
      }

      // A process that missed the hint checks the file itself.
      await write({ service: { name: 'Without a word' } });
      for (const caller of [apis.anonymous, there]) {
        await waitFor(async () => (await nameIn(caller)) === 'Without a word', {
          what: 'the new file',
          timeoutMs: 10_000,
        });
      }
    } finally {
      await second.close();
      await apis.close();
      await rm(folder, { recursive: true });
    }
  });

  it('is optional', async () => {
    const apis = await startClientApis();
    expect(await apis.admin.put('/config')).toMatchObject({ status: 200 });
    await apis.close();
  });
});
