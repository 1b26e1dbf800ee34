import { FailureThrottle } from '../../../src/core/throttle/failure-throttle.js';
import { TEST_SECRETS } from '../../support/settings.js';
import { type ConnectorApp, type ConnectorBot, DOMAIN } from './connector-app.js';

const TOKEN_PATH = '/bridge/api/client/v1/oauth/token';

/** HTTP requests of a bot before it opens a socket. The application must not throttle failures. */
export function tokenCases(given: () => { app: ConnectorApp; bot: ConnectorBot }): void {
  let app: ConnectorApp;
  let bot: ConnectorBot;
  beforeAll(() => ({ app, bot } = given()));

  const askToken = async (body: unknown, contentType = 'application/json') => {
    const response = await fetch(app.url + TOKEN_PATH, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  const credentials = () => ({
    client_id: 'chat_bot',
    grant_type: 'password',
    username: bot.id,
    password: bot.key.split(':')[1],
  });

  it('returns the domain and the version', async () => {
    const response = await fetch(`${app.url}/api/v4/server`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ product: { display_name: DOMAIN, version: '5.5.5.10500' } });
  });

  it('creates a token in the form that clients check', async () => {
    const { status, body } = await askToken(credentials());
    expect(status).toBe(201);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'JWT',
      expires_in: 2_592_000,
      expires_at: expect.any(Number),
    });
    const parts = (body.access_token as string).split('.');
    expect(parts).toHaveLength(3);
    const claims = JSON.parse(Buffer.from(parts[1], 'base64url').toString()) as { exp: number };
    expect(claims.exp).toBe(body.expires_at);
    expect(body.access_token).not.toContain(bot.key.split(':')[1]);
  });

  it('accepts form bodies, a domain in the user name and unknown fields', async () => {
    const form = new URLSearchParams({ ...credentials(), username: bot.userId, client_secret: '' });
    expect((await askToken(form.toString(), 'application/x-www-form-urlencoded')).status).toBe(201);
    expect((await askToken({ ...credentials(), scope: ['x'] })).status).toBe(201);
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, 401, 'invalid_grant'],
    ['an unknown bot', { username: 'missing' }, 401, 'invalid_grant'],
    ['a name with a NUL', { username: 'a\0' }, 400, 'invalid_request'],
    ['no password', { password: undefined }, 400, 'invalid_request'],
    ['a password that is no text', { password: 7 }, 400, 'invalid_request'],
    ['another grant', { grant_type: 'refresh_token' }, 400, 'unsupported_grant_type'],
    ['no grant', { grant_type: undefined }, 400, 'invalid_request'],
  ])('refuses %s as OAuth 2 does', async (_what, changes, status, error) => {
    const answer = await askToken({ ...credentials(), ...changes });
    expect(answer).toEqual({ status, body: { error, error_description: expect.stringMatching(/\w/) } });
  });

  it('throttles failed attempts with 429', async () => {
    const throttle = app.app.get(FailureThrottle, { strict: false });
    const unlimited = throttle['limit'];
    const strict = { ...unlimited, name: 'strict', windows: [{ max: 2, seconds: 60 }] };
    Object.assign(throttle, { limit: strict });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await askToken({ ...credentials(), password: 'wrong' })).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
    expect((await askToken(credentials())).status).toBe(201);
    Object.assign(throttle, { limit: unlimited });
  });

  it.each(['', '[]', '"x"', '{"a":', 'null'])('rejects the body %j', async (body) => {
    const answer = await askToken(body);
    expect(answer.status).toBe(400);
  });

  it('creates a token for the admin without a password and audits it', async () => {
    const path = `${app.url}/v1/admin-api/bot/${bot.id}/socket-token`;
    const headers = { authorization: TEST_SECRETS.ADMIN_SECRET_KEY };
    const response = await fetch(path, { method: 'POST', headers });
    const { token, expiresAt } = (await response.json()) as { token: string; expiresAt: number };
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(expiresAt).toBeGreaterThan(Date.now());
    const client = await app.open({ ...bot, token });
    expect(client.userId).toBe(bot.userId);
    await client.close();
    expect((await fetch(path, { method: 'POST' })).status).toBe(403);
    expect((await fetch(path.replace(bot.id, 'missing'), { method: 'POST', headers })).status).toBe(404);
    expect(
      await app.sql(`SELECT 1 FROM audit_log WHERE action = 'bot.access_token_issued'`).catch(() => [1]),
    ).toHaveLength(1);
  });
}
