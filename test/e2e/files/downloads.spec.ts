import { request } from 'node:http';
import { FileLinks } from '../../../src/modules/files/file-links.js';
import { FilesService } from '../../../src/modules/files/files.service.js';
import { clientError, type TestPerson } from '../client/client-caller.js';
import { type FilesApp, formBody, type Part, type UploadedFile } from './files-caller.js';
import { makeGif, makeJpeg, makeMp4, makePdf, makePng, makeWebp } from './images.js';
import { STORAGES } from './storages.js';

const TEXT = 'The quick brown fox jumps over the lazy dog.';

describe.each(STORAGES)('downloads, kept %s', (_, start) => {
  let app: FilesApp;
  let alice: TestPerson;
  let fox: UploadedFile;

  beforeAll(async () => {
    app = await start();
    alice = await app.signUp();
    fox = await upload({ name: 'fox.txt', type: 'text/plain', content: TEXT });
  });

  afterAll(() => app.close());

  async function upload(part: Part): Promise<UploadedFile> {
    const { status, body } = await app.upload('/v1/client-api/files', { cookie: alice.cookie }, formBody([part]));
    if (status !== 200) throw new Error(`The upload was answered ${status}: ${JSON.stringify(body)}`);
    return body[0] as UploadedFile;
  }

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${app.url}/${path}`, { method, headers });

  describe('response headers', () => {
    const isNoProgram = {
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cache-control': 'private, max-age=31536000, immutable',
    };

    it.each<[string, string, Part['content']]>([
      ['image/png', 'a.png', makePng()],
      ['image/jpeg', 'a.jpg', makeJpeg(4, 4)],
      ['image/gif', 'a.gif', makeGif()],
      ['image/webp', 'a.webp', makeWebp(4, 4)],
    ])('shows %s in place', async (type, name, content) => {
      const { headers } = await get((await upload({ name, type, content })).path);
      expect(Object.fromEntries(headers)).toMatchObject({ ...isNoProgram, 'content-type': type });
      expect(headers.get('content-disposition')).toBe(`inline; filename="${name}"; filename*=UTF-8''${name}`);
    });

    it.each<[string, string, Part['content'], string]>([
      ['text/html', 'a.html', '<script>alert(1)</script>', 'application/octet-stream'],
      ['text/javascript', 'a.js', 'alert(1)', 'application/octet-stream'],
      ['application/xhtml+xml', 'a.xhtml', '<?xml version="1.0"?><html/>', 'application/octet-stream'],
      ['text/plain', 'a.txt', 'plain', 'application/octet-stream'],
      [
        'image/svg+xml',
        'a.svg',
        '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        'image/svg+xml',
      ],
      ['application/pdf', 'a.pdf', makePdf(), 'application/pdf'],
      ['video/mp4', 'a.mp4', makeMp4(1000), 'video/mp4'],
    ])('has %s saved, whatever is in it', async (type, name, content, expectedType) => {
      const { headers } = await get((await upload({ name, type, content })).path);
      expect(Object.fromEntries(headers)).toMatchObject({ ...isNoProgram, 'content-type': expectedType });
      expect(headers.get('content-disposition')).toBe(`attachment; filename="${name}"; filename*=UTF-8''${name}`);
    });

    it('keep the file name in any script', async () => {
      const { path, name } = await upload({ name: "Müller's 100% ✓.txt", content: 'x' });
      expect(name).toBe("Müller's 100% ✓.txt");
      expect((await get(path)).headers.get('content-disposition')).toBe(
        `attachment; filename="M_ller's 100_ _.txt"; filename*=UTF-8''M%C3%BCller%27s%20100%25%20%E2%9C%93.txt`,
      );
    });
  });

  describe('byte ranges', () => {
    it.each([
      ['bytes=1-1', 'h', '1-1'],
      ['bytes=4-8', 'quick', '4-8'],
      ['bytes=40-', 'dog.', '40-43'],
      ['bytes=-4', 'dog.', '40-43'],
      ['bytes=-1000', TEXT, '0-43'],
      ['bytes=40-1000', 'dog.', '40-43'],
      ['BYTES= 4-8 ', 'quick', '4-8'],
    ])('%s', async (range, text, served) => {
      const response = await get(fox.path, { range });
      expect(response.status).toBe(206);
      expect(await response.text()).toBe(text);
      expect(response.headers.get('content-range')).toBe(`bytes ${served}/44`);
      expect(response.headers.get('content-length')).toBe(String(text.length));
    });

    it.each(['bytes=44-', 'bytes=100-200', 'bytes=-0', 'bytes=0-0,2-2', `bytes=${'0-0,'.repeat(1000)}0-0`])(
      '416 for what is not there, %#',
      async (range) => {
        const response = await get(fox.path, { range });
        expect(response.status).toBe(416);
        expect(response.headers.get('content-range')).toBe('bytes */44');
        expect(await response.text()).toBe('');
      },
    );

    it.each(['bytes=8-4', 'bytes=a-b', 'lines=1-2', 'bytes=-', 'bytes'])(
      'returns the complete file for %s',
      async (range) => {
        const response = await get(fox.path, { range });
        expect(response.status).toBe(200);
        expect(await response.text()).toBe(TEXT);
      },
    );

    it('returns the complete file if If-Range does not match', async () => {
      const etag = `"${fox.id}"`;
      expect((await get(fox.path, { range: 'bytes=1-1', 'if-range': '"other"' })).status).toBe(200);
      expect((await get(fox.path, { range: 'bytes=1-1', 'if-range': etag })).status).toBe(206);
    });
  });

  describe('conditional requests', () => {
    it('return 304 for an unchanged file', async () => {
      const first = await get(fox.path);
      const etag = first.headers.get('etag')!;
      const modified = first.headers.get('last-modified')!;
      const conditions: Record<string, string>[] = [
        { 'if-none-match': etag },
        { 'if-none-match': `"x", W/${etag}` },
        { 'if-none-match': '*' },
        { 'if-modified-since': modified },
      ];
      for (const headers of conditions) {
        const response = await get(fox.path, headers);
        expect([headers, response.status, await response.text()]).toEqual([headers, 304, '']);
      }
      const changed = await get(fox.path, { 'if-none-match': '"x"', 'if-modified-since': modified });
      expect(changed.status).toBe(200);
    });

    it('return headers for HEAD', async () => {
      const response = await get(fox.path, {}, 'HEAD');
      expect(response.status).toBe(200);
      expect(response.headers.get('content-length')).toBe('44');
      expect(await response.text()).toBe('');
    });
  });

  it.each([
    'static/images/0000000000000000000000000000000000000000.png',
    'static/images/..%2f..%2f..%2fetc%2fpasswd',
    'static/..%2ftmp/x',
    'static/images/',
    'static/x',
    'static/files/a.txt?x=1',
  ])('404 for %s', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual(expect.objectContaining({ message: expect.any(String) }));
  });

  it('returns 404 for a partial path and for the id', async () => {
    for (const path of [
      fox.path.slice(0, -5),
      fox.path.toUpperCase(),
      `static/files/${fox.id}`,
      `static/files/${fox.id}.txt`,
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });

  it('returns 404 with a message if the bytes are missing', async () => {
    const { path } = await upload({ name: 'lost.txt', content: 'x' });
    await app.sql(`UPDATE files SET path = 'static/files/gone.txt' WHERE path = '${path}'`);
    const response = await get('static/files/gone.txt');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-disposition')).toBeNull();
    expect(await response.json()).toEqual(clientError('File not found.', { code: 'file.not_found' }));
  });

  it('serves other requests after a client disconnects during a download', async () => {
    const { path } = await upload({ name: 'film.mp4', type: 'video/mp4', content: makeMp4(20_000_000) });
    await new Promise<void>((resolve) => {
      const reader = request(`${app.url}/${path}`, (response) => {
        response.once('data', () => reader.destroy());
        response.once('close', resolve);
      });
      reader.on('error', () => undefined).end();
    });
    expect((await (await get(path)).arrayBuffer()).byteLength).toBe(20_000_000);
  });

  describe('signed links', () => {
    const link = async (id: string) => new URL((await app.app.get(FilesService).info(id)).downloadUrl!);
    const follow = async ({ pathname, search }: URL) => {
      const response = await fetch(app.url + pathname + search, { redirect: 'manual' });
      return { status: response.status, headers: response.headers, text: await response.text() };
    };

    it('give access to one file without a credential', async () => {
      const url = await link(fox.id);
      expect(url.origin).toBe(app.settings.publicUrl);
      const { status, headers, text } = await follow(url);
      expect({ status, text }).toEqual({ status: 200, text: TEXT });
      expect(headers.get('content-disposition')).toContain('fox.txt');
      expect(await link(fox.id)).toEqual(url);
    });

    it('give access to no other file, and expire', async () => {
      const other = await upload({ name: 'other.txt', content: 'x' });
      const url = await link(fox.id);
      const change = (edit: (changed: URL) => void) => {
        const changed = new URL(url);
        edit(changed);
        return follow(changed);
      };
      const refused = await Promise.all([
        change((changed) => (changed.pathname = changed.pathname.replace(fox.id, other.id))),
        change((changed) => (changed.pathname += '/preview')),
        change((changed) => changed.searchParams.set('expires', '9999999999')),
        change((changed) => changed.searchParams.set('signature', 'x')),
        change((changed) => changed.searchParams.delete('signature')),
        change((changed) => changed.searchParams.append('expires', '9999999999')),
        change((changed) => (changed.search = '')),
      ]);
      const notFound = JSON.stringify({ errorCode: 404, message: 'File not found.' });
      expect(refused.map(({ status, text }) => [status, text])).toEqual(refused.map(() => [404, notFound]));

      const old = app.app.get(FileLinks).sign(fox.id, 'file', Date.now() - 3 * 86_400_000);
      const { status, text } = await change((changed) => (changed.search = `?${old}`));
      expect(status).toBe(403);
      expect(JSON.parse(text)).toEqual({ errorCode: 403, message: 'The link has expired. Request a new one.' });
    });
  });
});
