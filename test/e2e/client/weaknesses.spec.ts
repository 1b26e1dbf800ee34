import { request } from 'node:http';
import { clientError, type ClientApis, startClientApis, type TestPerson } from './client-caller.js';

/** Known defects of the reference server. None of them may occur here. */
describe('Client, Bot and Admin API: known weaknesses', () => {
  let apis: ClientApis;
  let alice: TestPerson;

  beforeAll(async () => {
    apis = await startClientApis();
    alice = await apis.signUp();
  });
  afterAll(() => apis.close());
  afterEach(async () => {
    expect((await alice.get('/user')).status).toBe(200);
  });

  /** Sends raw bytes, which `fetch` would normalize. */
  const upload = (headers: Record<string, string>, body: string): Promise<{ status?: number; body: string }> =>
    new Promise((resolve, reject) => {
      const sent = request(`${apis.url}/v1/client-api/files`, { method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode, body: text }));
      });
      sent.on('error', reject).end(body);
    });

  it('survives a multipart part without a Content-Type', async () => {
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--b--\r\n';
    const { status } = await upload({ cookie: alice.cookie, 'content-type': 'multipart/form-data; boundary=b' }, part);
    expect(status).toBeLessThan(500);
  });

  it.each(['%zz', 'http://%zz', 'https://[::1', 'http://a b'])('survives the URL %s', async (url) => {
    const bot = await apis.createBot({ avatar: url });
    expect((await bot.get('/bot')).body).toEqual({ id: bot.id, name: bot.name });
    const invalid = { status: 400, body: clientError('specified url is not valid') };
    expect(await bot.put('/bot', { avatar: url })).toMatchObject(invalid);
    expect(await bot.post('/bot/webhook', { url })).toMatchObject(invalid);
  });

  it('rejects the key of an unknown bot', async () => {
    for (const [method, path] of [
      ['GET', '/bot'],
      ['PUT', '/bot'],
      ['GET', '/events'],
      ['POST', '/files'],
      ['POST', '/chat/message'],
      ['GET', '/chats?user_id=x'],
    ]) {
      const answer = await apis.withKey('x:y').call(method, path, method === 'GET' ? {} : { body: {} });
      expect(answer).toMatchObject({ status: 403, body: clientError('Invalid bot key.') });
    }
  });

  it('creates neither a chat with an unknown bot nor a key for it', async () => {
    expect((await alice.post('/chat', { botId: 'missing' })).status).toBe(404);
    expect((await apis.admin.put('/bot/missing/key')).status).toBe(404);
  });

  it('removes the key and the chats of a deleted bot', async () => {
    const bot = await apis.createBot();
    const { body: chat } = await alice.post('/chat', { botId: bot.id });
    await apis.admin.delete(`/bot/${bot.id}`);
    expect((await bot.post('/chat/message', { chatId: chat.id, body: 'ghost' })).status).toBe(403);
    expect((await alice.post('/chat/message', { chatId: chat.id, body: 'hello?' })).status).toBe(404);
  });

  it('gives a reply in the same millisecond a later time than its parent', async () => {
    const bot = await apis.createBot();
    const { body: chat } = await alice.post('/chat', { botId: bot.id });
    const [one, other] = await Promise.all([
      alice.post('/chat/message', { chatId: chat.id, body: 'question' }),
      bot.post('/chat/message', { chatId: chat.id, body: 'answer' }),
    ]);
    expect(one.body.timestamp).not.toBe(other.body.timestamp);
  });

  it('limits an unlimited page, and reports caller errors as 4xx', async () => {
    const { body: chat } = await alice.post('/chat', { botId: (await apis.createBot()).id });
    expect((await alice.get(`/chat/${chat.id}/messages?limit=-1`)).body).toMatchObject({ limit: -1, total: 0 });
    expect((await alice.post('/nowhere', {})).status).toBe(404);
    expect((await alice.post('/chat/message', { chatId: chat.id, body: 'x'.repeat(300_000) })).status).toBe(413);
  });
});
