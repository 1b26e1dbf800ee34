import { startApp, type RunningApp } from '../../support/app.js';
import { EventSource } from '../../support/event-source.js';
import { waitFor } from '../../support/wait-for.js';
import { ApiCaller, clientError, type ClientApis, cookieOf, startClientApis } from './client-caller.js';

describe('Client API: the end of sessions', () => {
  let apis: ClientApis;
  let second: RunningApp;

  beforeAll(async () => {
    apis = await startClientApis();
    second = await startApp({ DATABASE_URL: apis.settings.databaseUrl });
  });
  afterAll(async () => {
    await second.close();
    await apis.close();
  });

  const there = (cookie: string) => new ApiCaller(`${second.url}/v1/client-api`, { cookie });
  const over = { status: 401, body: clientError('User is unauthorized.') };

  it('logs out of this browser', async () => {
    const alice = await apis.signUp();
    const { status, body, headers } = await alice.post('/user/logout');
    expect({ status, body }).toEqual({ status: 200, body: { message: 'Logged out.' } });
    expect(headers.getSetCookie()).toEqual([
      'token=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; SameSite=Lax',
    ]);
    expect((await alice.get('/user')).status).toBe(200); // a copy of the cookie stays valid
    expect(await apis.withCookie('token=').get('/user')).toMatchObject(over);
  });

  it('logs out everywhere: at once in this process, within a second in others, streams too', async () => {
    const [alice, bot] = [await apis.signUp(), await apis.createBot()];
    const { body: chat } = await alice.post('/chat', { botId: bot.id });
    expect((await there(alice.cookie).get('/user')).status).toBe(200);
    const stream = await EventSource.open(`${second.url}/v1/client-api/events`, { cookie: alice.cookie });
    const startedAt = Date.now();
    expect((await alice.post('/user/logout?everywhere=true')).status).toBe(200);
    expect(await alice.get('/user')).toMatchObject(over);
    await waitFor(async () => (await there(alice.cookie).get('/user')).status === 401, { what: 'the other process' });
    expect(Date.now() - startedAt).toBeLessThan(1500);
    await waitFor(() => stream.isClosed, { what: 'the end of the stream' });
    expect((await bot.get(`/chats?user_id=${alice.id}`)).body).toEqual([chat]);
  });

  it('ends all other sessions', async () => {
    const alice = await apis.signUp();
    const answer = await alice.post('/user/revoke');
    expect(answer).toMatchObject({ status: 200, body: { message: 'All other sessions are over.' } });
    expect(await alice.get('/user')).toMatchObject(over);
    const renewed = apis.withCookie(cookieOf(answer.headers));
    expect(await renewed.get('/user')).toMatchObject({ status: 200, body: { id: alice.id } });
    await waitFor(async () => (await there(alice.cookie).get('/user')).status === 401, { what: 'the other process' });
    expect((await there(cookieOf(answer.headers)).get('/user')).status).toBe(200);
    const again = await renewed.post('/user/revoke');
    expect((await apis.withCookie(cookieOf(again.headers)).get('/user')).status).toBe(200);
  });

  it('applies to a process that starts later', async () => {
    const alice = await apis.signUp();
    await alice.post('/user/logout?everywhere=true');
    const third = await startApp({ DATABASE_URL: apis.settings.databaseUrl });
    expect(await new ApiCaller(`${third.url}/v1/client-api`, { cookie: alice.cookie }).get('/user')).toMatchObject(
      over,
    );
    await third.close();
  });

  it('rejects requests of pages of other sites', async () => {
    const alice = await apis.signUp();
    for (const path of ['/user/logout?everywhere=true', '/user/revoke']) {
      const answer = await alice.post(path, undefined, { headers: { origin: 'https://evil.example' } });
      expect(answer).toMatchObject({ status: 403, body: { code: 'csrf_failed' } });
    }
    expect((await alice.get('/user')).status).toBe(200);
    expect((await alice.post('/user/logout?everywhere=maybe')).status).toBe(400);
  });
});
