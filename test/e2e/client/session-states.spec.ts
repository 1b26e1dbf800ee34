import { createSigner } from 'fast-jwt';
import { startApp, type RunningApp } from '../../support/app.js';
import { runSql } from '../../support/databases.js';
import { EventSource } from '../../support/event-source.js';
import { TEST_SECRETS } from '../../support/settings.js';
import { waitFor } from '../../support/wait-for.js';
import { ApiCaller, type ClientApis, cookieOf, startClientApis, type TestPerson } from './client-caller.js';

const DAY_MS = 86_400_000;

describe('Client API: sessions and the states of their users', () => {
  let apis: ClientApis;
  let second: RunningApp;
  let platform: ApiCaller;

  beforeAll(async () => {
    apis = await startClientApis();
    second = await startApp({ DATABASE_URL: apis.settings.databaseUrl });
    platform = new ApiCaller(`${apis.url}/v3`, { 'api-token': TEST_SECRETS.API_TOKEN });
  });
  afterAll(async () => {
    await second.close();
    await apis.close();
  });

  const there = ({ cookie }: Pick<TestPerson, 'cookie'>) => new ApiCaller(`${second.url}/v1/client-api`, { cookie });
  const isRefused = async (caller: ApiCaller): Promise<boolean> => (await caller.get('/user')).status === 401;
  const listen = ({ cookie }: TestPerson, url: string) => EventSource.open(`${url}/v1/client-api/events`, { cookie });

  it('rejects a deactivated user on every route of every process, and ends its streams', async () => {
    const [alice, bot] = [await apis.signUp(), await apis.createBot()];
    const { body: chat } = await alice.post('/chat', { botId: bot.id });
    expect((await there(alice).get('/user')).status).toBe(200);
    const streams = [await listen(alice, apis.url), await listen(alice, second.url)];
    expect((await platform.put(`/users/${alice.id}`, { is_active: false })).status).toBe(200);
    const answers = [
      alice.get('/user'),
      alice.get(`/chats?bot_id=${bot.id}`),
      alice.get(`/chat/${chat.id}/messages`),
      alice.post('/chat', { botId: bot.id }),
      alice.post('/chat/message', { chatId: chat.id, body: 'Hi' }),
      alice.delete(`/chat/${chat.id}`),
      alice.post('/files'),
      alice.get('/events'),
      alice.post('/user/revoke'),
      alice.post('/user/logout?everywhere=true'),
    ];
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(answers.map(() => 401));
    await waitFor(() => isRefused(there(alice)), { what: 'the rejection by the other process', timeoutMs: 3000 });
    await waitFor(() => streams.every(({ isClosed }) => isClosed), { what: 'the end of the streams' });
    await expect(listen(alice, second.url)).rejects.toThrow('401');
  });

  it('accepts the same session again after its user is reactivated', async () => {
    const alice = await apis.signUp();
    await platform.put(`/users/${alice.id}`, { is_active: false });
    expect(await isRefused(alice)).toBe(true);
    await platform.put(`/users/${alice.id}`, { is_active: true });
    expect((await alice.get('/user')).status).toBe(200);
    await waitFor(async () => !(await isRefused(there(alice))), { what: 'the acceptance by the other process' });
  });

  it('rejects the sessions of a deleted user, also when a new user has the id', async () => {
    await platform.post('/users', { user_id: 'phoenix', nickname: 'First', profile_url: '' });
    const { token } = (await platform.post('/users/phoenix/token')).body;
    const first = apis.withCookie(`token=${token}`);
    const elsewhere = there({ cookie: `token=${token}` });
    expect((await first.get('/user')).status).toBe(200);
    expect((await elsewhere.get('/user')).status).toBe(200);
    await platform.delete('/users/phoenix');
    expect(await isRefused(first)).toBe(true);
    await platform.post('/users', { user_id: 'phoenix', nickname: 'Second', profile_url: '' });
    expect(await isRefused(first)).toBe(true);
    await waitFor(() => isRefused(elsewhere), { what: 'the rejection by the other process', timeoutMs: 3000 });
    const renewed = (await platform.post('/users/phoenix/token')).body.token;
    expect((await apis.withCookie(`token=${renewed}`).get('/user')).body).toEqual({
      id: 'phoenix',
      nickname: 'Second',
    });
    await waitFor(async () => !(await isRefused(there({ cookie: `token=${renewed}` }))), { what: 'the new user' });
  });

  it('rejects the key of a deactivated bot, and ends its streams, until it is reactivated', async () => {
    const bot = await apis.createBot();
    const stream = await EventSource.open(`${second.url}/v1/bot-api/events`, { authorization: bot.key });
    await platform.put(`/users/${bot.id}`, { is_active: false });
    expect(await bot.get('/bot')).toMatchObject({ status: 403, body: { code: 'bot_key.invalid' } });
    await waitFor(() => stream.isClosed, { what: 'the end of the stream' });
    await platform.put(`/users/${bot.id}`, { is_active: true });
    await waitFor(async () => (await bot.get('/bot')).status === 200, { what: 'the valid key' });
  });

  it('rejects an unknown user with a correctly signed token', async () => {
    const sign = createSigner({ key: TEST_SECRETS.JWT_SECRET_KEY, algorithm: 'HS256' });
    const exp = Math.floor(Date.now() / 1000) + 3600;
    expect(await isRefused(apis.withCookie(`token=${sign({ id: 'missing', nickname: 'Missing', exp })}`))).toBe(true);
  });

  it('applies a change whose hint was lost', async () => {
    const alice = await apis.signUp();
    expect((await there(alice).get('/user')).status).toBe(200);
    await runSql(
      apis.settings.databaseUrl,
      `UPDATE users SET is_active = false WHERE id = '${alice.id}';
       INSERT INTO session_changes (user_id, changed_at) VALUES ('${alice.id}', clock_timestamp())`,
    );
    await waitFor(() => isRefused(there(alice)), { what: 'the rejection by the other process', timeoutMs: 5000 });
  });

  it('rejects a session renewed before a revocation, whatever its timestamp', async () => {
    const alice = await apis.signUp();
    const claims = JSON.parse(Buffer.from(alice.cookie.split('.')[1], 'base64url').toString());
    await alice.post('/user/logout?everywhere=true');
    const sign = createSigner({ key: TEST_SECRETS.JWT_SECRET_KEY, algorithm: 'HS256' });
    const renewed = sign({ ...claims, iat: claims.iat + 60, exp: claims.exp + 60 });
    expect(await isRefused(apis.withCookie(`token=${renewed}`))).toBe(true);
  });

  it('rejects sessions renewed during a revocation of all', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 36 }, async () => {
        const alice = await apis.signUp();
        let cookie = alice.cookie;
        let revoked = false;
        const steal = async () => {
          for (let i = 0; !revoked || i < 5; i++) {
            const base = i % 2 ? apis.url : second.url;
            const { status, headers } = await new ApiCaller(`${base}/v1/client-api`, { cookie }).get('/user');
            if (status === 200) cookie = cookieOf(headers);
          }
        };
        const thief = steal();
        expect((await alice.post('/user/logout?everywhere=true')).status).toBe(200);
        revoked = true;
        await thief;
        return Promise.all([
          isRefused(apis.withCookie(cookie)),
          waitFor(() => isRefused(there({ cookie })), { what: 'the rejection by the other process', timeoutMs: 4000 }),
        ]);
      }),
    );
    expect(outcomes.flat().every(Boolean)).toBe(true);
  }, 60_000);
});

describe('session lifetime', () => {
  let apis: ClientApis;
  let platform: ApiCaller;

  beforeAll(async () => {
    apis = await startClientApis({ SESSION_MAX_DAYS: 30 });
    platform = new ApiCaller(`${apis.url}/v3`, { 'api-token': TEST_SECRETS.API_TOKEN });
    await platform.post('/users', { user_id: 'mia', nickname: 'Mia', profile_url: '' });
  });
  afterAll(() => apis.close());

  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());

  it.each([8.64e15, Date.now() + 30 * DAY_MS + 3_600_000])('rejects a token with the expiry %d', async (expires_at) => {
    const { status, body } = await platform.post('/users/mia/token', { expires_at });
    expect([status, body.code]).toEqual([400, 400113]);
    expect(body.message).toMatch(/^expires_at must be at most 30 days from now/);
  });

  it('creates a token that expires on the last day', async () => {
    const expires_at = Date.now() + 30 * DAY_MS - 1000;
    const { status, body } = await platform.post('/users/mia/token', { expires_at });
    expect([status, Math.floor(body.expires_at / 1000)]).toEqual([200, Math.floor(expires_at / 1000)]);
  });

  it('keeps the login time in a renewal, which expires no later than the maximum session length', async () => {
    const { body } = await platform.post('/users/mia/token');
    const { auth_time, gen } = claimsOf(body.token);
    const sign = createSigner({ key: TEST_SECRETS.JWT_SECRET_KEY, algorithm: 'HS256' });
    const now = Math.floor(Date.now() / 1000);
    const renew = async (loginAt: number) => {
      const token = sign({ id: 'mia', nickname: 'Mia', iat: now - 60, exp: now + 3600, auth_time: loginAt, gen });
      const { status, headers } = await apis.withCookie(`token=${token}`).get('/user');
      return status === 200 ? claimsOf(cookieOf(headers).slice('token='.length)) : status;
    };
    expect(auth_time).toBeGreaterThan(now - 60);
    expect(await renew(now - 86_400)).toMatchObject({ auth_time: now - 86_400, gen });
    const old = now - 29 * 86_400;
    expect(await renew(old)).toMatchObject({ auth_time: old, exp: old + 30 * 86_400 });
    expect(await renew(now - 30 * 86_400 - 1)).toBe(401);
  });
});
