import type { ExecutionContext } from '@nestjs/common';
import { ServiceConfig } from '../../core/config/service-config.js';
import { Settings } from '../../core/config/settings.js';
import type { FailureThrottle } from '../../core/throttle/failure-throttle.js';
import { ADMIN_ACTOR, type BotTokensService, ServiceKeysService, SessionsService } from '../../modules/auth/index.js';
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

const unlimited = { fail: () => Promise.resolve() } as unknown as FailureThrottle;

function contextOf(request: { method?: string; headers: Record<string, string> }) {
  const response = { headers: {} as Record<string, string>, setHeader: jest.fn() };
  response.setHeader.mockImplementation((name: string, value: string) => void (response.headers[name] = value));
  const http = { getRequest: () => request, getResponse: () => response };
  const context = { switchToHttp: () => http } as unknown as ExecutionContext;
  return { context, response, request: request as unknown as ClientRequest };
}

describe('SessionGuard', () => {
  afterEach(() => void jest.useRealTimers());

  const alice = { id: 'alice', nickname: 'Alice', isActive: true, sessionGeneration: 7 };
  const states = new Map<string, object>();
  const memory = {
    get: (id: string) => Promise.resolve(states.get(id)),
    set: ({ id, isActive, sessionGeneration }: typeof alice) =>
      void states.set(id, { isActive, generation: sessionGeneration }),
  };
  const sessions = new SessionsService(settings, new ServiceConfig(), memory as never, {} as never);
  const guard = new SessionGuard(new SessionCookie(sessions, settings), settings);
  const cookie = `token=${sessions.open(alice).token}`;

  it('identifies the user and renews the session', async () => {
    const { context, request, response } = contextOf({ method: 'GET', headers: { cookie } });
    expect(await guard.canActivate(context)).toBe(true);
    expect(request.actor).toEqual({ kind: 'user', id: 'alice', scopes: [] });
    expect(response.headers['set-cookie']).toMatch(
      /^token=[^;]+; Expires=[^;]+ GMT; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  it('issues one renewed token per second', async () => {
    jest.useFakeTimers({ now: 1_800_000_000_000, doNotFake: ['nextTick', 'setImmediate'] });
    const session = await sessions.verify(sessions.open({ ...alice, id: 'bob' }).token);
    const first = sessions.renew(session);
    jest.advanceTimersByTime(999);
    expect(sessions.renew(session)).toBe(first);
    jest.advanceTimersByTime(1);
    expect(sessions.renew(session).token).not.toBe(first.token);
  });

  it('rejects an expired session', async () => {
    jest.useFakeTimers({ now: 1_800_000_000_000, doNotFake: ['nextTick', 'setImmediate'] });
    const headers = { cookie: `token=${sessions.open({ ...alice, id: 'carol' }).token}` };
    jest.advanceTimersByTime(7 * 24 * 3600 * 1000 - 1000);
    expect(await guard.canActivate(contextOf({ method: 'GET', headers }).context)).toBe(true);
    jest.advanceTimersByTime(1001);
    await expect(guard.canActivate(contextOf({ method: 'GET', headers }).context)).rejects.toThrow(
      'User is unauthorized.',
    );
  });

  it('keeps a stream authorized during a database outage until its session has ended', async () => {
    const { context, request } = contextOf({ method: 'GET', headers: { cookie } });
    await guard.canActivate(context);
    const get = jest.spyOn(memory, 'get').mockRejectedValueOnce(Object.assign(new Error(), { code: 'ECONNREFUSED' }));
    expect(await request.isStillAuthorized!()).toBe(true);
    get.mockResolvedValueOnce({ isActive: false, generation: 7 });
    expect(await request.isStillAuthorized!()).toBe(false);
    get.mockRestore();
  });

  it('rejects changes requested by a page of another site', async () => {
    const { context, request } = contextOf({ method: 'POST', headers: { cookie, origin: 'https://evil.example' } });
    await expect(guard.canActivate(context)).rejects.toMatchObject({ status: 403, code: 'csrf_failed' });
    expect(request.actor).toBeUndefined();
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

  it('splits the key at the last colon', async () => {
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
  const guard = new AdminKeyGuard(new ServiceKeysService(settings), unlimited);
  const enter = (headers: Record<string, string>) => {
    const { context, request } = contextOf({ headers });
    return guard.canActivate(context).then(() => request.actor);
  };

  it('admits the admin only', async () => {
    expect(await enter({ authorization: 'the admin key' })).toBe(ADMIN_ACTOR);
    await expect(enter({ authorization: 'the admin kez' })).rejects.toThrow('Access denied.');
    await expect(enter({})).rejects.toThrow('Admin key is required.');
  });
});
