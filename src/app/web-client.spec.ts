import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import request from 'supertest';
import { serveWebClient } from './web-client.js';

describe('serveWebClient', () => {
  let folder: string;
  let app: express.Express;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-web-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<h1>Chat</h1>');
    await writeFile(join(folder, 'favicon.svg'), '<svg/>');
    await writeFile(join(folder, 'assets/index-B4kd9_2x.js'), 'void 0;');
    app = express();
    app.use(serveWebClient(folder));
    app.use((_request, response) => void response.status(404).json({ message: 'of the server' }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(['/', '/bot/01hc7aa947s4fdwywwjqr14wh7', '/versions', '/staticfile'])(
    'serves index.html at %s',
    async (path) => {
      const answer = await request(app).get(path).expect(200, '<h1>Chat</h1>');
      expect(answer.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
    },
  );

  it('serves files, and lets browsers cache those with a hashed name', async () => {
    const icon = await request(app).get('/favicon.svg').expect(200);
    expect(icon.headers).toMatchObject({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
    const script = await request(app).get('/assets/index-B4kd9_2x.js').expect(200, 'void 0;');
    expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it('sends a policy that allows the inline scripts of the page only', async () => {
    const script = 'document.title = "Chat";\n';
    await writeFile(join(folder, 'index.html'), `<h1>Chat</h1><script src="/x.js"></script><script>${script}</script>`);
    const policyOf = async () => (await request(app).get('/').expect(200)).headers['content-security-policy'];
    const hash = createHash('sha256').update(script).digest('base64');
    expect(await policyOf()).toContain(`script-src 'self' 'sha256-${hash}';`);
    await writeFile(join(folder, 'index.html'), '<h1>Chat</h1>');
    await utimes(join(folder, 'index.html'), 1, 1);
    expect(await policyOf()).toContain(`script-src 'self';`);
    const other = express().use(serveWebClient(folder, "default-src 'none'"));
    expect((await request(other).get('/')).headers['content-security-policy']).toBe("default-src 'none'");
  });

  it.each(['/v1/client-api/nothing', '/v3', '/static/images/x.png', '/docs', '/health/live', '/metrics'])(
    'passes %s to the server',
    (path) => request(app).get(path).expect(404, { message: 'of the server' }),
  );

  it('passes POST requests to the server, and serves nothing outside of its folder', async () => {
    await request(app).post('/bot/x').expect(404, { message: 'of the server' });
    for (const path of ['/../secret', '/%2e%2e/secret', '/..%2fsecret']) {
      expect((await request(app).get(path)).text).not.toContain('secret');
    }
  });
});
