import { runSql } from '../../support/databases.js';
import { waitFor } from '../../support/wait-for.js';
import { type PlatformCaller, error, newBot, newUser, startPlatform } from './platform-caller.js';
import { KNOWN_OPERATIONS } from './strict-reader.js';

let api: PlatformCaller;

const sql = (text: string) => runSql(api.running.settings.databaseUrl, text);

beforeAll(async () => {
  api = await startPlatform();
  await api.post('users', newUser('mia'));
  await api.post('bots', newBot('helper'));
});

afterAll(() => api.close());

describe('a user', () => {
  it('is updated field by field', async () => {
    const fields = {
      nickname: 'Mia',
      profile_url: 'p',
      last_seen_at: 1_790_000_100_123,
      discovery_keys: ['k'],
      preferred_languages: ['en'],
    };
    for (const [field, value] of Object.entries(fields))
      expect((await api.put('users/mia', { [field]: value })).body[field]).toEqual(value);
    expect((await api.get('users/mia')).body).toMatchObject({ ...fields, has_ever_logged_in: true });
    const { access_token } = (await api.put('users/mia', { issue_access_token: true })).body;
    expect(access_token).toMatch(/^[0-9a-f]{40}$/);
    expect((await api.put('users/mia', { issue_access_token: true })).body.access_token).not.toBe(access_token);
  });

  it.each([
    [{ nickname: 'x'.repeat(81) }, 400110, /^nickname .* 80/],
    [{ profile_url: 'x'.repeat(2049) }, 400110, /^profile_url .* 2048/],
    [{ nickname: '' }, 400105, /^nickname/],
    [{ is_active: 'yes' }, 400104, /^is_active/],
    [{ last_seen_at: 'now' }, 400101, /^last_seen_at/],
    [{ last_seen_at: -1 }, 400113, /^last_seen_at/],
    [{ discovery_keys: Array(101).fill('k') }, 400203, /^discovery_keys/],
    [{ preferred_languages: Array(5).fill('en') }, 400203, /^preferred_languages/],
  ])('rejects an update with %j', async (fields, code, message) => {
    expect((await api.put('users/mia', fields)).body).toEqual(error(code, message));
  });

  it('is listed as deactivated after deactivation', async () => {
    await api.post('users', newUser('sleeper'));
    expect((await api.put('users/sleeper', { is_active: false })).body.is_active).toBe(false);
    const ids = async (mode: string) =>
      (await api.get(`users?active_mode=${mode}`)).body.users.map(({ user_id }: { user_id: string }) => user_id);
    expect(await ids('activated')).not.toContain('sleeper');
    expect(await ids('deactivated')).toEqual(['sleeper']);
  });

  it('can be deleted unless it is a bot', async () => {
    await api.post('users', newUser('gone'));
    expect((await api.delete('users/gone')).body).toEqual({});
    for (const id of ['gone', 'helper'])
      expect((await api.delete(`users/${id}`)).body).toEqual(error(400201, '"User" not found.'));
    expect((await api.post('users', newUser('gone'))).status).toBe(200);
  });

  it('has an invitation preference', async () => {
    expect((await api.get('users/mia/channel_invitation_preference')).body).toEqual({ auto_accept: true });
    expect((await api.put('users/mia/channel_invitation_preference', { auto_accept: false })).body).toEqual({
      auto_accept: false,
    });
    expect((await api.put('users/mia/channel_invitation_preference', {})).body.code).toBe(400105);
    expect((await api.get('users/missing/channel_invitation_preference')).body.code).toBe(400201);
  });

  it('has at most 5 items of metadata', async () => {
    const path = 'users/mia/metadata';
    expect((await api.post(path, { metadata: { colour: 'red' } })).body).toEqual({ colour: 'red' });
    expect((await api.post(path, { metadata: { colour: 'blue' } })).body).toEqual(error(400202, /violates/));
    expect((await api.put(path, { metadata: { colour: 'blue' } })).body).toEqual({ colour: 'blue' });
    expect((await api.put(path, { metadata: { size: 'L' } })).body).toEqual(error(400201, '"Metadata" not found.'));
    expect((await api.put(`${path}/size`, { value: 'L', upsert: true })).body).toEqual({ size: 'L' });
    expect((await api.get(`${path}?key=size`)).body).toEqual({ size: 'L' });
    expect((await api.get(`${path}/nothing`)).body).toEqual(error(400201, '"Metadata" not found.'));
    await api.post(path, { metadata: { a: '', b: '', c: '' } });
    expect((await api.post(path, { metadata: { d: '' } })).body).toEqual(error(400203, /5 items/));
    expect((await api.delete(`${path}/a`)).body).toEqual({});
    expect((await api.delete(`${path}?key=b`)).body).toEqual({});
    expect((await api.get(path)).body).toEqual({ colour: 'blue', size: 'L', c: '' });
    expect((await api.delete(path)).body).toEqual({});
    expect((await api.get('users/mia')).body.metadata).toEqual({});
    expect((await api.get('users/missing/metadata')).body).toEqual(error(400201, '"User" not found.'));
  });

  it.each([
    ['a long key', 400110, /^metadata .*128/, 'metadata', { metadata: { ['k'.repeat(129)]: '' }, upsert: true }],
    ['a long value', 400110, /^metadata .*65536/, 'metadata', { metadata: { k: 'v'.repeat(65_537) }, upsert: true }],
    ['a long key in the path', 400110, /^key .*128/, `metadata/${'k'.repeat(129)}`, { value: '', upsert: true }],
    ['a comma in the key', 400111, /^key .*comma/, 'metadata/k,l', { value: '', upsert: true }],
  ])('rejects metadata with %s', async (_, code, text, path, body) => {
    expect((await api.put(`users/mia/${path}`, body)).body).toEqual(error(code, text));
    expect((await api.get('users/mia')).body.metadata).toEqual({});
  });

  it('shares its metadata with its bot', async () => {
    await api.post('users/helper/metadata', { metadata: { colour: 'red' } });
    expect((await api.get('bots/helper')).body.bot.bot_metadata).toEqual({ colour: 'red' });
  });
});

describe('secondary API tokens', () => {
  const as = async (token: string, path = 'users/mia', method = 'GET') => {
    const { status, body } = await api.call(path, { method, headers: { 'api-token': token } });
    return status === 200 ? 200 : (body.code as number);
  };

  it('are created, listed without the token, and revoked', async () => {
    const { token, id } = (await api.post('applications/api_tokens')).body;
    expect(token).toMatch(/^[0-9a-f]{40}$/);
    expect(await as(token)).toBe(200);
    const { body } = await api.get('applications/api_tokens');
    const times = { created_at: expect.any(Number), expires_at: null, last_used_at: expect.any(Number) };
    expect(body).toEqual({ api_tokens: [{ id, scopes: expect.arrayContaining(['bots:token']), ...times }] });
    expect((await api.delete(`applications/api_tokens/${id}`)).body).toEqual({});
    expect(await as(token)).toBe(400401);
    expect((await api.delete(`applications/api_tokens/${id}`)).body).toEqual(error(400201, '"API token" not found.'));
  });

  it('can be revoked by the token itself', async () => {
    const { token } = (await api.post('applications/api_tokens')).body;
    expect((await api.delete(`applications/api_tokens/${token}`)).body).toEqual({});
    expect(await as(token)).toBe(400401);
  });

  const withScopes = async (...scopes: string[]): Promise<string> =>
    (await api.post('applications/api_tokens', { scopes })).body.token as string;
  const missing = error(400108, 'This credential lacks the required scope.');

  it('are limited to their scopes; write includes read', async () => {
    const { status, body } = await api.post('applications/api_tokens', { scopes: ['users:write', 'bots:read'] });
    expect([status, body.scopes]).toEqual([200, ['users:read', 'users:write', 'bots:read']]);
    const token = body.token as string;
    expect(await as(token, 'users')).toBe(200);
    expect(await as(token, 'users/mia/metadata', 'DELETE')).toBe(200);
    expect(await as(token, 'bots')).toBe(200);
    const refused = [
      ['bots', 'POST'],
      ['users/mia/token', 'POST'],
      ['group_channels', 'GET'],
      ['group_channels/x/messages?message_ts=0', 'GET'],
      ['bots/helper/send', 'POST'],
      ['applications/api_tokens', 'GET'],
    ];
    for (const [path, method] of refused) {
      const headers = { 'api-token': token };
      expect(await api.call(path, { method, headers })).toMatchObject({ status: 400, body: missing });
    }
  });

  it('without bots:token cannot read bot_token or set a callback URL', async () => {
    const [reader, writer] = [await withScopes('bots:read'), await withScopes('bots:write')];
    const call = (token: string, method: string, path: string, body?: object) =>
      api.call(path, {
        method,
        headers: { 'api-token': token, ...(body && { 'content-type': 'application/json' }) },
        body: body && JSON.stringify(body),
      });
    const bot_callback_url = 'https://bots.example/mine';
    await api.put('bots/helper', { bot_callback_url });
    expect((await api.get('bots/helper')).body.bot.bot_token).toMatch(/^[0-9a-f]{40}$/);
    expect((await call(reader, 'GET', 'bots/helper')).body.bot.bot_token).toBe('');
    expect((await call(reader, 'GET', 'bots')).body.bots[0].bot.bot_token).toBe('');
    // Clients send the current URL with every change.
    const renamed = await call(writer, 'PUT', 'bots/helper', { bot_nickname: 'Renamed', bot_callback_url });
    expect(renamed).toMatchObject({ status: 200, body: { bot: { bot_nickname: 'Renamed', bot_token: '' } } });
    const moved = await call(writer, 'PUT', 'bots/helper', { bot_callback_url: 'https://bots.example/theirs' });
    expect(moved).toMatchObject({ status: 400, body: missing });
    const made = {
      bot_userid: 'made',
      bot_nickname: 'Made',
      bot_profile_url: '',
      bot_type: '',
      is_privacy_mode: false,
    };
    expect(await call(writer, 'POST', 'bots', { ...made, bot_callback_url })).toMatchObject({ body: missing });
    expect((await call(writer, 'POST', 'bots', { ...made, bot_callback_url: '' })).body.bot.bot_token).toBe('');
    const full = await withScopes('bots:write', 'bots:token');
    expect((await call(full, 'PUT', 'bots/made', { bot_callback_url })).body.bot.bot_token).toMatch(/^[0-9a-f]{40}$/);
  });

  it('expire, and record the time of the last use', async () => {
    const expires_at = Date.now() + 3_600_000;
    const { token, id } = (await api.post('applications/api_tokens', { expires_at })).body;
    expect(await as(token)).toBe(200);
    const listed = async () =>
      ((await api.get('applications/api_tokens')).body.api_tokens as { id: string }[]).find((each) => each.id === id);
    await waitFor(async () => ((await listed()) as { last_used_at?: number }).last_used_at, {
      what: 'the recorded use',
    });
    expect(await listed()).toMatchObject({ expires_at, last_used_at: expect.any(Number) });
    await sql(`UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE id = '${id}'`);
    await waitFor(async () => (await as(token)) === 400401, { what: 'the rejection of the expired token' });
  });

  it('reject unknown scopes, and expiry times that are past or too late', async () => {
    for (const scopes of [['all'], [], 'bots:read', ['tokens:manage'], Array(99).fill('bots:read')])
      expect((await api.post('applications/api_tokens', { scopes })).status).toBe(400);
    const day = 86_400_000;
    for (const expires_at of [0, -1, Date.now() - 1, Date.now() + 400 * day, 1.5, 'soon'])
      expect((await api.post('applications/api_tokens', { expires_at })).status).toBe(400);
    expect((await api.post('applications/api_tokens', { expires_at: Date.now() - 1 })).body).toEqual(
      error(400111, 'expires_at must be in the future, at most 366 days from now.'),
    );
  });

  it('of versions without scopes have all scopes', async () => {
    const token = 'ab'.repeat(20);
    await sql(`INSERT INTO api_tokens (id, hash, created_at) VALUES ('old', sha256('${token}'), now())`);
    expect(await as(token, 'bots')).toBe(200);
    expect(await as(token, 'applications/api_tokens')).toBe(400108);
  });

  it('cannot create or list tokens', async () => {
    const { token } = (await api.post('applications/api_tokens')).body;
    expect(await as(token, 'applications/api_tokens', 'POST')).toBe(400108);
    expect(await as(token, 'applications/api_tokens')).toBe(400108);
  });
});

it('limits the rate per token as configured', async () => {
  const limited = await startPlatform({ API_RATE_LIMIT: 1 });
  try {
    const { token } = (await limited.post('applications/api_tokens')).body;
    const responses = await Promise.all(Array.from({ length: 20 }, () => limited.get('bots')));
    const { body, headers } = responses.find(({ status }) => status === 429)!;
    expect(body).toEqual(error(500910, /1 in a second/));
    expect(headers.get('retry-after')).toBe('1');
    expect([headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')]).toEqual(['1', '0']);
    expect((await limited.call('bots', { headers: { 'api-token': token } })).status).toBe(200);
  } finally {
    await limited.close();
  }
});

it('limits failed authentications per address and accepts valid tokens meanwhile', async () => {
  const strict = await startPlatform({ AUTH_FAILURES_PER_MINUTE: 20 });
  try {
    const wrong = () => strict.call('bots', { headers: { 'api-token': 'wrong' } });
    for (let i = 0; i < 20; i++) expect((await wrong()).body).toMatchObject({ code: 400401 });
    const { status, body, headers } = await wrong();
    expect([status, body]).toEqual([429, error(500910, /at most 20 per minute/)]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
    expect((await strict.get('bots')).status).toBe(200);
  } finally {
    await strict.close();
  }
});

it('the strict reader knows every operation of the Platform API', () => {
  const server = api.running.app.getHttpAdapter().getInstance() as unknown as {
    router: { stack: { route?: { path: string; methods: Record<string, boolean> } }[] };
  };
  const served = server.router.stack.flatMap(({ route }) =>
    route?.path.startsWith('/v3/')
      ? Object.keys(route.methods).map(
          (method) => `${method.toUpperCase()} ${route.path.slice('/v3/'.length).replaceAll(/:\w+/g, '*')}`,
        )
      : [],
  );
  expect(served.length).toBeGreaterThan(50);
  expect([...new Set(served)].filter((operation) => !KNOWN_OPERATIONS.includes(operation))).toEqual([]);
});
