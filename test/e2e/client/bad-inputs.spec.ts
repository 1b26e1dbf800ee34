import { request } from 'node:http';
import { clientError, type ClientApis, startClientApis, type TestBot, type TestPerson } from './client-caller.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const text = (json: string) => Buffer.from(json);

/** The bad inputs that concern the Client API. Each must get a clear 4xx in the error form of the protocol. */
describe('Client API: bad inputs', () => {
  let apis: ClientApis;
  let alice: TestPerson;
  let bot: TestBot;
  let chatId: string;

  beforeAll(async () => {
    apis = await startClientApis();
    [alice, bot] = [await apis.signUp(), await apis.createBot()];
    chatId = (await alice.post('/chat', { botId: bot.id })).body.id;
  });
  afterAll(() => apis.close());

  afterEach(async () => {
    expect((await alice.post('/chat/message', { chatId, body: 'still alive' })).status).toBe(201);
  });

  const post = (body: unknown, headers: Record<string, string> = JSON_TYPE) =>
    alice.call('POST', '/chat/message', { body, headers });

  it.each<[string, unknown, number, string]>([
    ['cut JSON', '{', 400, 'invalid_json'],
    ['no JSON', 'chatId=x', 400, 'invalid_json'],
    ['null', 'null', 400, 'body_must_be_object'],
    ['an array', '[]', 400, 'body_must_be_object'],
    ['a string', '"x"', 400, 'body_must_be_object'],
    ['a number', '42', 400, 'body_must_be_object'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid_utf8'],
    ['257 KiB', `{"body":"${'x'.repeat(257 * 1024)}"}`, 413, 'payload_too_large'],
    ['20,000 brackets', '['.repeat(20_000), 400, 'json_too_deep'],
    ['too many keys', `{${Array.from({ length: 10_001 }, (_, i) => `"k${i}":0`).join()}}`, 400, 'too_many_keys'],
    ['__proto__', '{"__proto__":{"isAdmin":true}}', 400, 'unknown_field'],
    ['constructor', '{"constructor":{"prototype":{"isAdmin":true}}}', 400, 'unknown_field'],
    ['a NUL character', text('{"body":"a\\u0000b"}'), 400, 'null_character_not_allowed'],
    ['a NUL character in an id', text('{"chatId":"\\u0000"}'), 400, 'null_character_not_allowed'],
    ['half a surrogate pair', text('{"body":"\\ud800"}'), 400, 'invalid_unicode'],
  ])('rejects a body: %s', async (_, body, status, code) => {
    expect(await post(body)).toMatchObject({ status, body: clientError(expect.any(String), { code }) });
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });

  it('rejects a missing body', async () => {
    for (const headers of [{}, JSON_TYPE]) {
      expect(await alice.call('POST', '/chat/message', { headers })).toMatchObject({
        status: 400,
        body: { code: 'body_required' },
      });
    }
  });

  it('rejects a body of another type with the message of the contract', async () => {
    for (const type of ['text/plain', 'application/xml', 'nonsense']) {
      const answer = await post('{"body":"x"}', { 'content-type': type });
      expect(answer).toMatchObject({ status: 400, body: clientError('Unprocessable Entity') });
    }
  });

  it('rejects other charsets and compressed bodies', async () => {
    expect(await post('{}', { 'content-type': 'application/json; charset=utf-16' })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_charset' },
    });
    expect(await post('{}', { ...JSON_TYPE, 'content-encoding': 'gzip' })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_encoding' },
    });
  });

  it('uses the last of two equal keys', async () => {
    expect(await post(`{"chatId":"${chatId}","body":"a","body":"b"}`)).toMatchObject({
      status: 201,
      body: { body: 'b' },
    });
  });

  it('ignores unknown fields', async () => {
    const strange = {
      id: 'mine',
      timestamp: 1,
      hasOwnProperty: 1,
      then: {},
      toString: null,
      length: -1,
      senderId: bot.id,
    };
    const { status, body } = await alice.post('/chat/message', { chatId, body: 'x', ...strange });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.not.stringMatching('mine'),
      chatId,
      senderId: alice.id,
      body: 'x',
      timestamp: body.timestamp,
    });
    expect(body.timestamp).toBeGreaterThan(1);
  });

  it('stores unusual text unchanged', async () => {
    for (const body of [
      '<script>alert(1)</script>',
      '\u200b',
      '\u202e',
      ' ',
      'e' + '\u0301'.repeat(500),
      '\u{10ffff}',
    ]) {
      expect(await alice.post('/chat/message', { chatId, body })).toMatchObject({ status: 201, body: { body } });
    }
  });

  it.each([
    ['/bot/%00', 400],
    ['/bot/%c0%ae', 400],
    ['/chats?bot_id=%00', 400],
    ['/bot/%2e%2e%2f%2e%2e%2fetc%2fpasswd', 404],
    ['/bot/x;jsessionid=1', 404],
    ['/nowhere', 404],
    ['//user', 404],
    ['/USER', 404],
  ])('rejects the path %s', async (path, status) => {
    expect(await alice.get(path)).toMatchObject({ status, body: clientError(expect.any(String)) });
  });

  it('requires a session under any spelling of a path', async () => {
    expect(await apis.anonymous.get('/user/')).toMatchObject({ status: 401 });
    expect(await apis.anonymous.get('/bot/x/commands/')).toMatchObject({ status: 401 });
  });

  it('rejects unknown routes and methods in its own error form', async () => {
    expect(await alice.post('/x')).toMatchObject({ status: 404, body: clientError('Cannot POST /v1/client-api/x') });
    expect(await alice.put('/user')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const overridden = await alice.get(`/chat/${chatId}/messages`, { headers: { 'x-http-method-override': 'DELETE' } });
    expect(overridden.status).toBe(200);
  });

  it('does not serve TRACE', async () => {
    const answer = await new Promise<{ status?: number; allow?: string; body: string }>((resolve, reject) => {
      const trace = request(`${apis.url}/v1/client-api/user`, { method: 'TRACE' }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode, allow: response.headers.allow, body }));
      });
      trace.on('error', reject).end();
    });
    expect(answer).toMatchObject({ status: 405, allow: expect.stringContaining('GET') });
    expect(JSON.parse(answer.body)).toEqual(clientError(expect.any(String), { code: 'method_not_allowed' }));
  });
});
