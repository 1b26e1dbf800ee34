import { ApiCaller, clientError, type ClientApis, startClientApis } from './client-caller.js';

const FOREIGN: Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { 'sec-fetch-site': 'same-site', origin: 'http://blog.localhost' },
  { 'sec-fetch-site': 'cross-site', origin: 'null' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
];
const OWN: Record<string, string>[] = [
  {},
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-site': 'cross-site', origin: 'https://partner.example' },
];

describe('Client API: pages of other origins', () => {
  let apis: ClientApis;

  beforeAll(async () => {
    apis = await startClientApis({ CORS_ORIGINS: ['https://partner.example'] });
  });
  afterAll(() => apis.close());

  it.each(FOREIGN)('cannot log a browser in as another user: %j', async (headers) => {
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    for (const [body, sent] of [
      ['nickname=Mallory', form],
      ['{"nickname":"Mallory"}', headers],
    ] as const) {
      const answer = await apis.anonymous.call('POST', '/user', { body, headers: sent });
      expect(answer).toMatchObject({ status: 403, body: clientError(expect.any(String), { code: 'csrf_failed' }) });
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  it.each(FOREIGN)('cannot log a browser out or change data: %j', async (headers) => {
    const alice = await apis.signUp();
    for (const [method, path] of [
      ['POST', '/user/logout'],
      ['POST', '/user/revoke'],
      ['POST', '/chat'],
      ['POST', '/files'],
      ['DELETE', '/chat/x'],
    ]) {
      expect(await alice.call(method, path, { headers })).toMatchObject({ status: 403, body: { code: 'csrf_failed' } });
    }
  });

  it.each(FOREIGN)('cannot answer a survey: %j', async (headers) => {
    const surveys = new ApiCaller(apis.url);
    const path = (await import('../../../src/modules/surveys/survey-pages.js')).SURVEY_PATH;
    const answer = await surveys.call('POST', `/${path.replace(/^\//, '')}`, {
      body: 'id=x&answer=y',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer).toMatchObject({ status: 403 });
  });

  it.each(OWN)('are distinguished from programs, own pages and trusted origins: %j', async (headers) => {
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await apis.anonymous.call('POST', '/user', { body: 'nickname=Alice', headers: form });
    expect(answer.status).toBe(201);
  });

  it('cannot send JSON with the content type of a form', async () => {
    for (const type of ['text/plain', 'text/plain;charset=UTF-8']) {
      const answer = await apis.anonymous.call('POST', '/user', {
        body: '{"nickname":"Mallory"}',
        headers: { 'content-type': type },
      });
      expect(answer).toMatchObject({ status: 400, body: clientError('Unprocessable Entity') });
    }
  });
});
