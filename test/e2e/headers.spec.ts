import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Browser, chromium } from 'playwright-core';
import type { AppSettings } from '../../src/app/settings.js';
import { describeWithBrowser } from '../support/browser.js';
import { type FilesApp, FORM_TYPE, formBody, startFiles } from './files/files-caller.js';
import { makePng } from './files/images.js';

const WEB_DIR = join(__dirname, 'client/fixtures/web-client');
const METRICS_TOKEN = 'a-token-for-the-metrics';
const PRODUCTION: Partial<AppSettings> = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://chat.example.org',
  METRICS_TOKEN,
  WEB_DIR,
};

describe('response headers in production', () => {
  let app: FilesApp;
  let image: string;
  let session: string;
  let botKey: string;

  beforeAll(async () => {
    app = await startFiles(PRODUCTION);
    const person = await app.signUp();
    session = person.cookie;
    botKey = (await app.createBot()).key;
    const form = formBody([{ name: 'a.png', type: 'image/png', content: makePng() }]);
    const { body } = await app.upload('/v1/client-api/files', { cookie: session }, form);
    image = `/${body[0].path}`;
  });
  afterAll(() => app.close());

  /** A request of each kind, with the expected status. */
  const kinds = (): [string, RequestInit, number][] => {
    const json = { 'content-type': 'application/json' };
    const admin = { authorization: app.settings.ADMIN_SECRET_KEY };
    const token = { 'api-token': app.settings.API_TOKEN };
    const post = (body: string, headers = {}): RequestInit => ({
      method: 'POST',
      body,
      headers: { ...json, ...headers },
    });
    return [
      ['/v1/client-api/service-info', {}, 200],
      ['/v1/client-api/user', post('{"nickname":"Mia"}'), 201],
      ['/v1/client-api/user', {}, 401],
      ['/v1/client-api/nothing', {}, 404],
      ['/v1/client-api/user', post('{"nickname":'), 400],
      ['/v1/client-api/user', post(' '.repeat(300_000)), 413],
      ['/v1/client-api/user', { method: 'OPTIONS', headers: { origin: 'http://localhost' } }, 204],
      [
        '/v1/client-api/files',
        { method: 'POST', headers: { 'content-type': FORM_TYPE, cookie: session }, body: 'x' },
        400,
      ],
      ['/v1/bot-api/bot', { headers: { authorization: botKey } }, 200],
      ['/v1/admin-api/bots', { headers: admin }, 200],
      ['/v1/admin-api/bots', {}, 403],
      ['/v3/bots', { headers: token }, 200],
      ['/v3/applications/api_tokens', post('{}', token), 200],
      ['/v3/bots', {}, 400],
      ['/v3/nothing', { headers: token }, 400],
      ['/bridge/api/client/v1/oauth/token', post('{}'), 400],
      ['/bridge/api/client/v1/files/none', {}, 404],
      ['/api/v4/server', {}, 200],
      ['/webtools/survey?id=none', {}, 404],
      [image, {}, 200],
      ['/static/images/none.png', {}, 404],
      ['/health/live', {}, 200],
      ['/health/ready', {}, 200],
      ['/metrics', {}, 401],
      ['/metrics', { headers: { authorization: `Bearer ${METRICS_TOKEN}` } }, 200],
      ['/admin/queues', {}, 401],
      ['/admin/queues', { headers: admin }, 200],
      ['/docs', {}, 404],
      ['/docs/platform.json', {}, 404],
      ['/', {}, 200],
      ['/bot/echo', {}, 200],
      ['/nothing', { method: 'POST' }, 404],
      ['/%c0%ae', {}, 400],
      ['/v3/bots', { method: 'PROPFIND' }, 400],
    ];
  };

  it('include nosniff, HSTS and a Content-Security-Policy on every response', async () => {
    const faults: string[] = [];
    for (const [path, init, status] of kinds()) {
      const { status: answered, headers } = await fetch(app.url + path, init);
      const name = `${init.method ?? 'GET'} ${path} ${answered}`;
      if (path !== '/v3/bots' && answered !== status) faults.push(`${name}: expected ${status}`);
      if (headers.get('x-content-type-options') !== 'nosniff') faults.push(`${name}: nosniff`);
      if (headers.get('strict-transport-security') !== 'max-age=31536000') faults.push(`${name}: hsts`);
      if (!headers.get('content-security-policy')) faults.push(`${name}: policy`);
    }
    expect(faults).toEqual([]);
  });

  it('forbid caching, except of files and the web client', async () => {
    const cached: string[] = [];
    for (const [path, init] of kinds()) {
      const { headers } = await fetch(app.url + path, init);
      if (!headers.get('cache-control')?.includes('no-store')) cached.push(path);
    }
    expect(cached.sort()).toEqual(['/', '/bot/echo', image].sort());
  });

  it('are present when the request is not valid HTTP', async () => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write('NONSENSE\r\n\r\n');
    const response = await text(socket);
    expect(response).toMatch(/^HTTP\/1\.1 400 /);
    expect(response).toContain('x-content-type-options: nosniff\r\ncache-control: no-store\r\n');
  });

  it('allow pages of other origins to show files only', async () => {
    const policyOf = async (path: string) => (await fetch(app.url + path)).headers.get('cross-origin-resource-policy');
    expect(await policyOf(image)).toBe('cross-origin');
    expect(await policyOf('/v1/client-api/service-info')).toBe('same-origin');
  });
});

describeWithBrowser('server pages outside of production, in Chromium', (executablePath) => {
  let app: FilesApp;
  let browser: Browser;

  beforeAll(async () => {
    app = await startFiles();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await app.close();
  });

  /** @returns the violations of the page's policy */
  const findViolations = async (
    path: string,
    shows: string,
    httpCredentials?: { username: string; password: string },
  ) => {
    const context = await browser.newContext({ httpCredentials });
    const page = await context.newPage();
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) violations.push(message.text());
    });
    await page.route(/fonts\.(googleapis|gstatic)\.com/, (route) =>
      route.fulfill({ contentType: 'text/css', body: '' }),
    );
    const response = await page.goto(app.url + path);
    await page.getByText(shows).first().waitFor();
    await context.close();
    expect(response?.headers()).not.toHaveProperty('strict-transport-security');
    return violations;
  };

  it('loads Swagger UI without policy violations', async () => {
    expect(await findViolations('/docs', 'Group channels')).toEqual([]);
  });

  it('loads the queue board without policy violations', async () => {
    const password = app.settings.ADMIN_SECRET_KEY;
    expect(await findViolations('/admin/queues', 'chat-wakeup', { username: 'admin', password })).toEqual([]);
  });
});
