import { type PlatformCaller, error, newBot, newUser, startPlatform } from './platform-caller.js';

let api: PlatformCaller;

beforeAll(async () => {
  api = await startPlatform();
});

afterAll(() => api.close());

const createUser = (
  id: string,
  headers: Record<string, string>,
  body: string | Uint8Array<ArrayBuffer> = JSON.stringify(newUser(id)),
) => api.call('users', { method: 'POST', headers, body });

describe('the API token', () => {
  const ask = async (headers: Record<string, string>, path = 'bots') => {
    const response = await fetch(`${api.url}/v3/${path}`, { headers });
    return { status: response.status, body: (await response.json()) as { code: number } };
  };

  it('is accepted with any case of the header name', async () => {
    for (const name of ['Api-Token', 'api-token', 'API-TOKEN'])
      expect((await ask({ [name]: api.token })).status).toBe(200);
  });

  it.each([
    ['no token', {}],
    ['an empty token', { 'api-token': '' }],
    ['the text undefined', { 'api-token': 'undefined' }],
    ['a wrong token', { 'api-token': 'test-api-token-012345678X' }],
    ['a truncated token', { 'api-token': 'test-api-token' }],
    ['a token of 10000 characters', { 'api-token': 'x'.repeat(10_000) }],
    ['a token in another header', { authorization: 'test-api-token-0123456789' }],
  ])('is required; rejects %s', async (_, headers) => {
    expect(await ask(headers as Record<string, string>)).toEqual({ status: 400, body: error(400401, /API token/) });
  });

  it('is accepted in the header only', async () => {
    expect((await ask({}, `bots?api-token=${api.token}&token=${api.token}`)).body.code).toBe(400401);
  });

  it("is not a bot's token", async () => {
    const { body } = await api.post('bots', newBot('no_operator'));
    expect((await ask({ 'api-token': body.bot.bot_token })).body.code).toBe(400401);
  });

  it('is checked before the rest of the request', async () => {
    const answers = await Promise.all([
      fetch(`${api.url}/v3/bots`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
      fetch(`${api.url}/v3/bots/missing`),
      fetch(`${api.url}/v3/bots/missing/send`, { method: 'POST', body: new FormData() }),
    ]);
    for (const answer of answers) expect(((await answer.json()) as { code: number }).code).toBe(400401);
  });
});

describe('content types', () => {
  it.each([
    'application/json',
    'application/json; charset=utf8',
    'application/json, charset=utf8',
    'application/json; charset=UTF-8',
  ])('takes JSON as %s', async (type) => {
    const id = `json ${type}`;
    const { status, body } = await createUser(id, { 'content-type': type });
    expect([status, body.user_id]).toEqual([200, id]);
  });

  it('accepts multipart where newer clients send it', async () => {
    expect((await api.form('users', newUser('multipart'))).status).toBe(200);
  });

  // The default content type of `curl -d`.
  const form = 'application/x-www-form-urlencoded';

  it.each([form, 'text/plain', 'application/xml', 'application/octet-stream'])('rejects %s', async (type) => {
    const { status, body } = await createUser('other', { 'content-type': type });
    expect([status, body]).toEqual([415, error(400403, /Content-Type/)]);
  });

  it('ignores the content type of an empty body', async () => {
    await api.post('users', newUser('typed'));
    const ask = { method: 'PUT', body: '', headers: { 'content-type': form } };
    expect((await api.call('users/typed/mark_as_read_all', ask)).status).toBe(200);
  });

  it('rejects other charsets and compression', async () => {
    expect((await createUser('c', { 'content-type': 'application/json; charset=utf-7' })).status).toBe(415);
    expect((await createUser('c', { 'content-type': 'application/json', 'content-encoding': 'gzip' })).status).toBe(
      415,
    );
  });
});

describe('bad bodies', () => {
  const json = { 'content-type': 'application/json' };

  it.each([
    ['cut JSON', '{', 400, 400403],
    ['no JSON', 'user_id=mia', 400, 400403],
    ['null', 'null', 400, 400103],
    ['a list', '[]', 400, 400103],
    ['a string', '"x"', 400, 400103],
    ['a number', '42', 400, 400103],
    ['__proto__', '{"__proto__":{"isAdmin":true}}', 400, 400111],
    ['constructor', '{"constructor":{"prototype":{}}}', 400, 400111],
    ['20000 brackets', '['.repeat(20_000), 400, 400403],
    [
      'too many keys',
      JSON.stringify(Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, 0]))),
      400,
      400203,
    ],
    ['more than 256 KiB', JSON.stringify({ user_id: 'x'.repeat(262_144) }), 413, 400110],
  ])('rejects %s', async (_, text, status, code) => {
    const answer = await createUser('bad', json, text);
    expect([answer.status, answer.body]).toEqual([status, error(code, /^.{10,}$/)]);
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|src\/|SELECT|\\n/);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('rejects invalid UTF-8', async () => {
    const bytes = Uint8Array.from([...Buffer.from('{"user_id":"'), 0xc3, 0x28, ...Buffer.from('"}')]);
    expect((await createUser('bad', json, bytes)).body).toEqual(error(400403, /UTF-8/));
  });

  it('rejects a missing body', async () => {
    expect((await api.post('users')).body).toEqual(error(400402, 'A JSON body is required.'));
  });

  it('uses the last of duplicate keys', async () => {
    const { body } = await createUser('', json, '{"user_id":"first","user_id":"last","nickname":"n","profile_url":""}');
    expect(body.user_id).toBe('last');
  });
});

describe('unknown URLs', () => {
  it.each(['', 'nothing', 'bots/helper/nothing', 'BOTS', 'group_channels/x/y/z'])(
    'answers /v3/%s in its form',
    async (path) => {
      const { status, body, headers } = await api.get(path);
      expect([status, body]).toEqual([400, error(400404, /URL/)]);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
    },
  );

  it.each(['PATCH', 'PUT'])('rejects %s where it is not supported', async (method) => {
    expect((await api.call('bots', { method })).body).toEqual(error(400404, /method/));
  });

  it('rejects unsupported methods', async () => {
    const { status, body } = await api.call('bots', { method: 'PROPFIND' });
    expect([status, body.code]).toEqual([405, 400404]);
  });

  it.each(['bots/%00', 'bots/%c0%ae', 'bots?token=%ff'])('rejects /v3/%s', async (path) => {
    expect((await api.get(path)).body).toEqual(error(400151, /percent-encoded/));
  });

  it('returns not found for ids that look like paths', async () => {
    for (const id of ['%2e%2e%2fetc', '..%2f..', ';jsessionid=1', "'; DROP TABLE users; --"]) {
      expect((await api.get(`bots/${id}`)).body.code).toBe(400201);
    }
  });
});

it('still works afterwards', async () => {
  expect((await api.post('users', newUser('survivor'))).status).toBe(200);
  expect((await fetch(`${api.url}/health/live`)).status).toBe(200);
});
