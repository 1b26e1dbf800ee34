import { createHmac } from 'node:crypto';
import { ApiCaller, type ClientApis, clientError, cookieOf, startClientApis } from './client-caller.js';

const SECOND = 1000;
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that is signed with any key. */
function makeToken(claims: object, key: string, { alg = 'HS256', hash = 'sha256' } = {}): string {
  const content = `${base64({ alg, typ: 'JWT' })}.${base64(claims)}`;
  const signature = alg === 'none' ? '' : createHmac(hash, key).update(content).digest('base64url');
  return `${content}.${signature}`;
}

const claimsOf = (cookie: string) =>
  JSON.parse(Buffer.from(cookie.split('.')[1], 'base64url').toString()) as Record<string, unknown>;

describe('Client API: service and users', () => {
  let apis: ClientApis;

  beforeAll(async () => {
    apis = await startClientApis();
  });
  afterAll(() => apis.close());

  it('returns the service profile, without an avatar if there is none', async () => {
    const { status, body } = await apis.anonymous.get('/service-info');
    expect(status).toBe(200);
    expect(body).toEqual({ name: 'Parley', description: 'Talk to bots.', socials: [] });
  });

  describe('POST /user', () => {
    it('creates a user and logs it in', async () => {
      const { status, body, headers } = await apis.anonymous.post('/user', { nickname: 'Alice B-2' });
      expect(status).toBe(201);
      expect(body).toEqual({ id: expect.stringMatching(/^[0-9a-z]{26}$/), nickname: 'Alice B-2' });
      expect(headers.getSetCookie()).toEqual([
        expect.stringMatching(
          /^token=[\w-]+\.[\w-]+\.[\w-]+; Expires=\w{3}, [^;]+ GMT; Path=\/; HttpOnly; SameSite=Lax$/,
        ),
      ]);
      const claims = claimsOf(cookieOf(headers));
      expect(claims).toEqual({
        id: body.id,
        nickname: 'Alice B-2',
        iat: expect.any(Number),
        exp: expect.any(Number),
        auth_time: claims.iat,
        gen: expect.any(Number),
      });
      expect((claims.exp as number) - (claims.iat as number)).toBe(7 * 24 * 60 * 60);
    });

    it.each([
      ['de-AT, en;q=0.5, fr;q=0.9', ['de-AT', 'fr', 'en']],
      ['*', []],
      [`${'x'.repeat(2000)}, ru, ;;q=, <b>`, ['ru']],
      ['a1, aa, bb, cc, dd, ee', ['aa', 'bb', 'cc', 'dd']],
      [undefined, []],
    ])('stores the languages of the browser, %#', async (header, expected) => {
      const headers = header === undefined ? undefined : { 'accept-language': header };
      const { body } = await apis.anonymous.post('/user', { nickname: 'Alice' }, { headers });
      const platform = new ApiCaller(`${apis.url}/v3`, { 'api-token': apis.settings.API_TOKEN });
      expect((await platform.get(`/users/${body.id}`)).body.preferred_languages).toEqual(expected);
    });

    it('creates another user at each call, whatever the nickname', async () => {
      const [one, other] = [await apis.signUp('Twin'), await apis.signUp('Twin')];
      expect(one.id).not.toBe(other.id);
    });

    it('accepts a form as well as JSON, and ignores unknown fields', async () => {
      const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
      expect(await apis.anonymous.post('/user', 'nickname=Bob+M&x=1', form)).toMatchObject({
        status: 201,
        body: { nickname: 'Bob M' },
      });
      const { body } = await apis.anonymous.post('/user', { nickname: 'Bob', id: 'me', kind: 'bot', isActive: false });
      expect(body).toEqual({ id: expect.not.stringMatching(/^me$/), nickname: 'Bob' });
    });

    const TOO_SHORT = 'Nickname must be at least 3 characters long.';
    const TOO_LONG = 'Nickname should not be longer than 32 characters.';
    const CHARACTERS = 'Nickname should contain only upper/lower case English letters, spaces, dashes and numbers.';
    it.each<[unknown, string]>([
      [{}, TOO_SHORT],
      [{ nickname: null }, TOO_SHORT],
      [{ nickname: 'ab' }, TOO_SHORT],
      [{ nickname: 'a'.repeat(33) }, TOO_LONG],
      [{ nickname: 'é'.repeat(17) }, TOO_LONG],
      [{ nickname: 'éé' }, CHARACTERS],
      [{ nickname: 'a_b' }, CHARACTERS],
      [{ nickname: 'abc\n' }, CHARACTERS],
      [{ nickname: '<b>x' }, CHARACTERS],
      [{ nickname: 'abc\u202e' }, CHARACTERS],
    ])('rejects %j', async (body, message) => {
      const answer = await apis.anonymous.post('/user', body);
      expect(answer).toMatchObject({ status: 400, body: clientError(message, { field: 'nickname' }) });
      expect(answer.headers.getSetCookie()).toEqual([]);
    });

    it.each(['abc', '   ', 'a'.repeat(32), 'A-1 b'])('accepts %j', async (nickname) => {
      expect(await apis.anonymous.post('/user', { nickname })).toMatchObject({ status: 201, body: { nickname } });
    });

    it.each([[{ nickname: 5 }], [{ nickname: ['abc'] }], [{ nickname: { a: 1 } }], [{ nickname: true }]])(
      'rejects %j, which is not a text',
      async (body) => {
        const answer = await apis.anonymous.post('/user', body);
        const error = clientError(expect.stringContaining('nickname'), { code: 'invalid_field', field: 'nickname' });
        expect(answer).toMatchObject({ status: 400, body: error });
      },
    );
  });

  describe('session', () => {
    it('returns the current user, also for HEAD', async () => {
      const alice = await apis.signUp('Alice');
      expect(await alice.get('/user')).toMatchObject({ status: 200, body: { id: alice.id, nickname: 'Alice' } });
      expect((await alice.call('HEAD', '/user')).status).toBe(200);
    });

    it('is read among other cookies', async () => {
      const { cookie } = await apis.signUp();
      const answer = await apis.withCookie(`xtoken=1; a=b=c;  ${cookie} ; token2=3`).get('/user');
      expect(answer.status).toBe(200);
    });

    it('is renewed by each authorised request, also by a failing one', async () => {
      const { id, cookie } = await apis.signUp();
      const { gen } = claimsOf(cookie) as { gen: number };
      const iat = Math.floor(Date.now() / SECOND) - 3600;
      const old = `token=${makeToken({ id, nickname: 'Alice', iat, exp: iat + 7200, gen }, apis.settings.JWT_SECRET_KEY)}`;
      for (const answer of [
        await apis.withCookie(old).get('/user'),
        await apis.withCookie(old).delete('/chat/nowhere'),
        await apis.withCookie(old).post('/chat', { botId: '' }),
      ]) {
        const claims = claimsOf(cookieOf(answer.headers)) as { iat: number; exp: number; id: string };
        expect(claims).toMatchObject({ id, nickname: 'Alice' });
        expect(claims.exp).toBeGreaterThan(iat + 3600 + 7 * 24 * 3600 - 1);
      }
    });

    it('has the same token within a second', async () => {
      const alice = await apis.signUp();
      const answers = await Promise.all(Array.from({ length: 20 }, () => alice.get('/user')));
      expect(new Set(answers.map(({ headers }) => cookieOf(headers))).size).toBeLessThanOrEqual(2);
    });

    it('is rejected for a deleted user', async () => {
      const now = Math.floor(Date.now() / SECOND);
      const token = makeToken({ id: 'gone', nickname: 'x', iat: now, exp: now + 60 }, apis.settings.JWT_SECRET_KEY);
      const ghost = apis.withCookie(`token=${token}`);
      expect(await ghost.get('/user')).toMatchObject({ status: 401, body: clientError('User is unauthorized.') });
    });

    const now = Math.floor(Date.now() / SECOND);
    const claims = { id: 'someone', nickname: 'x', iat: now, exp: now + 600 };
    it.each<[string, (key: string) => string | undefined]>([
      ['no cookie', () => undefined],
      ['an empty cookie', () => 'token='],
      ['nonsense', () => 'token=nonsense'],
      ['10 KB of nonsense', () => `token=${'x'.repeat(10_000)}`],
      ['a token of another key', () => `token=${makeToken(claims, 'another-key-another-key-another-key')}`],
      ['a token of an empty key', () => `token=${makeToken(claims, '')}`],
      ['alg none', (key) => `token=${makeToken(claims, key, { alg: 'none' })}`],
      ['HS512', (key) => `token=${makeToken(claims, key, { alg: 'HS512', hash: 'sha512' })}`],
      ['an expired token', (key) => `token=${makeToken({ ...claims, exp: now - 1 }, key)}`],
      ['a token that never expires', (key) => `token=${makeToken({ id: 'someone', nickname: 'x', iat: now }, key)}`],
      ['a token of the future', (key) => `token=${makeToken({ ...claims, nbf: now + 300 }, key)}`],
      ['a token without a user id', (key) => `token=${makeToken({ nickname: 'x', iat: now, exp: now + 600 }, key)}`],
      ['a token whose user id is not a text', (key) => `token=${makeToken({ ...claims, id: { a: 1 } }, key)}`],
    ])('is rejected: %s', async (_, makeCookie) => {
      const cookie = makeCookie(apis.settings.JWT_SECRET_KEY);
      const caller = cookie === undefined ? apis.anonymous : apis.withCookie(cookie);
      const answer = await caller.get('/user');
      expect(answer).toMatchObject({ status: 401, body: clientError('User is unauthorized.') });
      expect(answer.headers.getSetCookie()).toEqual([]);
    });

    it.each([
      ['GET', '/user'],
      ['GET', '/bot/x/commands'],
      ['POST', '/chat'],
      ['GET', '/chats?bot_id=x'],
      ['DELETE', '/chat/x'],
      ['POST', '/chat/message'],
      ['GET', '/chat/x/messages'],
    ])('is required for %s %s', async (method, path) => {
      const answer = await apis.anonymous.call(method, path, method === 'POST' ? { body: {} } : {});
      expect(answer).toMatchObject({ status: 401, body: clientError('User is unauthorized.') });
    });

    it('is not sent for pages of other sites', async () => {
      const alice = await apis.signUp();
      const post = (headers: Record<string, string>) => alice.post('/chat', { botId: 'x' }, { headers });
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
      ]) {
        expect(await post(headers as never)).toMatchObject({ status: 403, body: { code: 'csrf_failed' } });
      }
      for (const headers of [
        { origin: apis.url },
        { origin: 'http://localhost:5173' },
        { 'sec-fetch-site': 'same-origin' },
      ]) {
        expect(await post(headers as never)).toMatchObject({ status: 404, body: { message: 'Bot not found.' } });
      }
      expect((await alice.get('/user', { headers: { origin: 'https://evil.example' } })).status).toBe(200);
    });
  });

  describe('pages of other origins', () => {
    const OPTIONS = (origin: string) => ({
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT' },
    });

    it('allows the configured origins, without the cookie', async () => {
      const url = `${apis.url}/v1/client-api/bots`;
      const preflight = await fetch(url, OPTIONS('http://localhost'));
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('http://localhost');
      expect(preflight.headers.get('access-control-allow-methods')).toBe('GET,POST,HEAD,PUT,DELETE,PATCH');
      expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
      const { headers } = await fetch(url, { headers: { origin: 'http://127.0.0.1' } });
      expect(headers.get('access-control-allow-origin')).toBe('http://127.0.0.1');
      for (const origin of ['https://evil.example', 'http://localhost:5173', 'null']) {
        expect((await fetch(url, OPTIONS(origin))).headers.get('access-control-allow-origin')).toBeNull();
      }
    });
  });
});

describe('Client API with custom settings', () => {
  it('marks the cookie as secure behind https', async () => {
    const apis = await startClientApis({ PUBLIC_URL: 'https://parley.example' });
    try {
      const { headers } = await apis.anonymous.post('/user', { nickname: 'Alice' });
      expect(headers.getSetCookie()[0]).toMatch(/; Secure$/);
    } finally {
      await apis.close();
    }
  });

  it('rate-limits wrong keys and still accepts valid ones', async () => {
    const apis = await startClientApis({ AUTH_FAILURES_PER_MINUTE: 4 });
    try {
      const bot = await apis.createBot();
      const wrong = [
        () => apis.withKey(`${bot.id}:wrong`).get('/bot'),
        () => new ApiCaller(`${apis.url}/v1/admin-api`, { authorization: 'wrong' }).get('/bots'),
      ];
      for (const ask of [...wrong, ...wrong]) expect((await ask()).status).toBe(403);
      for (const ask of wrong) {
        const answer = await ask();
        expect(answer).toMatchObject({
          status: 429,
          body: clientError(expect.stringMatching(/at most 4 per minute/)),
        });
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50);
      }
      expect([(await bot.get('/bot')).status, (await apis.admin.get('/bots')).status]).toEqual([200, 200]);
    } finally {
      await apis.close();
    }
  });
});
