import type { ExecutionContext } from '@nestjs/common';
import { ServiceConfig } from '../../core/config/service-config.js';
import { Settings } from '../../core/config/settings.js';
import { FailureThrottle } from '../../core/throttle/failure-throttle.js';
import { ADMIN, type BotTokensService, OperatorKeysService, SessionsService } from '../../modules/auth/index.js';
import { AdminKeyGuard } from './admin-key.guard.js';
import { BotKeyGuard } from './bot-key.guard.js';
import type { ClientRequest } from './client-request.js';
import { readCookie, SessionCookie } from './session-cookie.js';
import { SessionGuard } from './session.guard.js';

const settings = Object.assign(new Settings(), {
  JWT_SECRET_KEY: 'a-key-for-tests-a-key-for-tests-a-key',
  ADMIN_SECRET_KEY: 'the admin key',
  PUBLIC_URL: 'https://parley.example',
});

const unlimited = new FailureThrottle(Object.assign(new Settings(), { AUTH_FAILURES_PER_MINUTE: 0 }));

function contextOf(request: { method?: string; headers: Record<string, string> }) {
  const response = { headers: {} as Record<string, string>, setHeader: jest.fn() };
  response.setHeader.mockImplementation((name: string, value: string) => void (response.headers[name] = value));
  const http = { getRequest: () => request, getResponse: () => response };
  const context = { switchToHttp: () => http } as unknown as ExecutionContext;
  return { context, response, request: request as unknown as ClientRequest };
}

describe('SessionGuard', () => {
  afterEach(() => void jest.useRealTimers());

  const sessions = new SessionsService(settings, new ServiceConfig(), { of: () => undefined } as never);
  const guard = new SessionGuard(new SessionCookie(sessions, settings), settings);
  const cookie = `token=${sessions.open({ id: 'alice', nickname: 'Alice' }).token}`;

  it('finds out who asks, and renews the session', () => {
    const { context, request, response } = contextOf({ method: 'GET', headers: { cookie } });
    expect(guard.canActivate(context)).toBe(true);
    expect(request.actor).toEqual({ kind: 'person', id: 'alice', scopes: [] });
    expect(response.headers['set-cookie']).toMatch(
      /^token=[^;]+; Expires=[^;]+ GMT; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  it('makes one token a second for a user, and another when the nickname is another', () => {
    jest.useFakeTimers({ now: 1_800_000_000_000 });
    const first = sessions.open({ id: 'bob', nickname: 'Bob' });
    jest.advanceTimersByTime(999);
    expect(sessions.open({ id: 'bob', nickname: 'Bob' })).toBe(first);
    expect(sessions.open({ id: 'bob', nickname: 'Rob' }).token).not.toBe(first.token);
    jest.advanceTimersByTime(1);
    expect(sessions.open({ id: 'bob', nickname: 'Bob' }).token).not.toBe(first.token);
  });

  it('refuses a session that has not been used for its lifetime, though it was good a moment ago', () => {
    jest.useFakeTimers({ now: 1_800_000_000_000 });
    const headers = { cookie: `token=${sessions.open({ id: 'carol', nickname: 'Carol' }).token}` };
    jest.advanceTimersByTime(7 * 24 * 3600 * 1000 - 1000);
    expect(guard.canActivate(contextOf({ method: 'GET', headers }).context)).toBe(true);
    jest.advanceTimersByTime(1001);
    expect(() => guard.canActivate(contextOf({ method: 'GET', headers }).context)).toThrow('User is unauthorized.');
  });

  it.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, true],
    [{ 'sec-fetch-site': 'none' }, true],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ origin: 'https://parley.example', host: 'internal:3000' }, true],
    [{ origin: 'http://192.168.1.2:3000', host: '192.168.1.2:3000' }, true],
    [{ origin: 'http://localhost:5173', host: 'x' }, true],
    [{ origin: 'https://evil.example', host: 'parley.example' }, false],
    [{ origin: 'https://parley.example.evil.example', host: 'parley.example' }, false],
    [{ origin: 'null', host: 'parley.example' }, false],
    [{ origin: 'nonsense', host: 'parley.example' }, false],
  ])('with the headers %j lets a change pass: %j', (headers, passes) => {
    const { context, request } = contextOf({ method: 'POST', headers: { cookie, ...headers } });
    if (passes) expect(guard.canActivate(context)).toBe(true);
    else expect(() => guard.canActivate(context)).toThrow(expect.objectContaining({ code: 'csrf_failed' }));
    expect(request.actor !== undefined).toBe(passes);
  });

  it.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['token', undefined],
    ['token=', ''],
    ['token=a.b.c', 'a.b.c'],
    ['x=1; token=a; token=b', 'a'],
    ['xtoken=1;token = a ', 'a'],
    ['a=token=1; token=b=c', 'b=c'],
  ])('reads the cookie of %j', (header, value) => {
    expect(readCookie(header, 'token')).toBe(value);
  });
});

describe('BotKeyGuard', () => {
  const asked: string[][] = [];
  const tokens = {
    isValid: (...pair: [string, string]) => {
      asked.push(pair);
      return Promise.resolve(pair.join() === 'a:b,secret');
    },
  } as unknown as BotTokensService;
  const guard = new BotKeyGuard(tokens, unlimited);
  const enter = (authorization?: string) => {
    const { context, request } = contextOf({ headers: authorization === undefined ? {} : { authorization } });
    return guard.canActivate(context).then(() => request.actor);
  };

  it('splits the key at its last colon', async () => {
    expect(await enter('a:b:secret')).toEqual({ kind: 'bot', id: 'a:b', scopes: [] });
    expect(asked.at(-1)).toEqual(['a:b', 'secret']);
  });

  it.each([
    [undefined, 'Bot key is required.'],
    ['', 'Bot key is required.'],
    ['secret', 'Invalid bot key.'],
    ['x:secret', 'Invalid bot key.'],
    [':', 'Invalid bot key.'],
  ])('refuses %j', async (key, message) => {
    await expect(enter(key)).rejects.toMatchObject({ kind: 'forbidden', message });
  });
});

describe('AdminKeyGuard', () => {
  const guard = new AdminKeyGuard(new OperatorKeysService(settings), unlimited);
  const enter = (headers: Record<string, string>) => {
    const { context, request } = contextOf({ headers });
    guard.canActivate(context);
    return request.actor;
  };

  it('lets in the admin and nobody else', () => {
    expect(enter({ authorization: 'the admin key' })).toBe(ADMIN);
    expect(() => enter({ authorization: 'the admin kez' })).toThrow('Access denied.');
    expect(() => enter({})).toThrow('Admin key is required.');
  });
});
