import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { clientError, type TestPerson } from '../client/client-caller.js';
import { waitFor } from '../../support/wait-for.js';
import { BOUNDARY, type FilesApp, FORM_TYPE, formBody, type Part, partHead, startFiles } from './files-caller.js';
import { EMPTY_ZIP, makeGif, makeJpeg, makePdf, makePng, makeWebp, pngChunk } from './images.js';

let app: FilesApp;
let alice: TestPerson;

beforeAll(async () => {
  app = await startFiles();
  alice = await app.signUp();
});

afterAll(() => app.close());

/** A rejected upload leaves no files, and the next upload succeeds. */
afterEach(async () => {
  await app.sql('DELETE FROM file_quotas');
  const stored = await app.sql<{ path: string }>('SELECT path FROM files');
  const rows = stored.map(({ path }) => path).sort();
  await waitFor(async () => JSON.stringify(await app.onDisk()) === JSON.stringify(rows), {
    what: 'the folder to have what the database has, and no more',
  });
  const { status } = await upload({ name: 'fine.txt', content: 'fine' });
  expect(status).toBe(200);
});

const raw = (body: Uint8Array | string, headers: Record<string, string> = {}) =>
  app.upload('/v1/client-api/files', { cookie: alice.cookie, ...headers }, body);
const upload = (...parts: Part[]) => raw(formBody(parts));
const refusal = (status: number, code: string, message: unknown = expect.any(String)) => ({
  status,
  body: clientError(message, { code }),
});

/** Sends a raw request and optionally closes the connection. @returns the raw response */
function send(head: Record<string, string | number>, body: Uint8Array, { hangUp = false } = {}): Promise<string> {
  const { port, hostname } = new URL(app.url);
  const headers = { host: 'x', cookie: alice.cookie, 'content-type': FORM_TYPE, connection: 'close', ...head };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(`POST /v1/client-api/files HTTP/1.1\r\n${lines.join('')}\r\n`);
      socket.write(body, () => hangUp && socket.destroy());
    });
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('file sizes and truncated forms', () => {
  it('rejects an empty file', async () => {
    expect(await upload({ name: 'a.txt', content: '' })).toMatchObject(
      refusal(400, 'file.empty', 'The file is empty.'),
    );
  });

  it('rejects a form without its end', async () => {
    const form = formBody([{ name: 'a.txt', content: 'x'.repeat(100_000) }]);
    for (const length of [form.length - 5, form.length - 50_000, partHead({ name: 'a.txt' }).length, 10]) {
      expect(await raw(form.subarray(0, length))).toMatchObject(refusal(400, 'file.upload_incomplete'));
    }
  });

  it('rejects a form longer than its declared length', async () => {
    const form = formBody([{ name: 'a.txt', content: 'x'.repeat(1000) }]);
    // Bytes beyond the declared length form a second, invalid request; both are rejected.
    expect(await send({ 'content-length': 500 }, form)).toContain('HTTP/1.1 400');
  });

  it.each([
    ['hangs up in the middle of a part', 100_000],
    ['hangs up before the first byte of a part', 0],
  ])('forgets a sender who %s', async (_title, bytes) => {
    const head = partHead({ name: 'a.txt' }) + 'x'.repeat(bytes);
    expect(await send({ 'content-length': 1_000_000 }, Buffer.from(head), { hangUp: true })).toBe('');
  });

  it('rejects a form above the size limit before it is received', async () => {
    const answer = await send({ 'content-length': 400_000_000 }, Buffer.from(partHead({ name: 'a.txt' })));
    expect(answer).toContain('HTTP/1.1 413');
    expect(answer).toContain('file.request_too_large');
  });
});

describe('invalid forms', () => {
  const field = (name: string, content: string): Part => ({ field: name, content });

  it.each<[string, () => ReturnType<typeof raw>, string, string]>([
    [
      '1,001 fields',
      () => upload(...Array.from({ length: 1001 }, (_field, i) => field(`f${i}`, 'x'))),
      'file.multipart_invalid',
      '10 fields',
    ],
    [
      '1,001 files',
      () => upload(...Array.from({ length: 1001 }, (_file, i) => ({ name: `${i}.txt`, content: 'x' }))),
      'file.too_many',
      '10',
    ],
    [
      'a name of 1 MB',
      () => upload(field('n'.repeat(1_000_000), 'x')),
      'file.multipart_invalid',
      'malformed part header',
    ],
    ['a name of 201 bytes', () => upload(field('n'.repeat(201), 'x')), 'file.multipart_invalid', '200 bytes'],
    [
      'a field of 64 KiB and a byte',
      () => upload(field('f', 'x'.repeat(65_537))),
      'file.multipart_invalid',
      '65536 bytes',
    ],
    [
      'no boundary',
      () => raw('x', { 'content-type': 'multipart/form-data' }),
      'file.not_multipart',
      'multipart/form-data',
    ],
    [
      'an empty boundary',
      () => raw('x', { 'content-type': 'multipart/form-data; boundary=""' }),
      'file.not_multipart',
      'multipart/form-data',
    ],
    [
      'a boundary of 71 characters',
      () => raw('x', { 'content-type': `multipart/form-data; boundary=${'b'.repeat(71)}` }),
      'file.multipart_invalid',
      '70 characters',
    ],
    [
      'another boundary than announced',
      () => raw(formBody([{ name: 'a', content: 'x' }]), { 'content-type': 'multipart/form-data; boundary=other' }),
      'file.upload_incomplete',
      '',
    ],
    [
      'multipart/mixed',
      () => raw(formBody([]), { 'content-type': `multipart/mixed; boundary=${BOUNDARY}` }),
      'file.not_multipart',
      'multipart/form-data',
    ],
    [
      'a form within a form',
      () => upload({ name: 'a', type: 'multipart/mixed; boundary=inner', content: '--inner--' }),
      'file.multipart_invalid',
      'nested forms',
    ],
    [
      'a head without an end',
      () => raw(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a`),
      'file.upload_incomplete',
      '',
    ],
  ])('refuses %s', async (_title, request, code, words) => {
    const { status, body } = await request();
    expect({ status, code: body.code }).toEqual({ status: 400, code });
    expect(body.message).toContain(words);
  });
});

describe('file names', () => {
  it.each([
    ['../../etc/cron.d/x', 'x'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['C:\\Users\\x\\a.txt', 'a.txt'],
    ['a/b', 'b'],
    ['.htaccess', 'htaccess'],
    ['..', 'file'],
    ['con.txt', '_con.txt'],
    ['LPT1', '_LPT1'],
    ['a"b;c=d.txt', 'a_b;c=d.txt'],
    ['a\u202Egpj.exe', 'agpj.exe'],
    ['a\u200b\ufeff.txt', 'a.txt'],
    ['<img src=x>.txt', '_img src=x_.txt'],
    ['e\u0301.txt', '\u00e9.txt'],
    ['日本語 😀.txt', '日本語 😀.txt'],
    [`${'ä'.repeat(300)}.txt`, `${'ä'.repeat(98)}.txt`],
    ['trailing. . .', 'trailing'],
  ])('%j is stored as %j', async (name, cleaned) => {
    const { body } = await upload({ name, content: 'x' });
    expect(body[0]).toMatchObject({ name: cleaned, path: expect.stringMatching(/^static\/files\/[0-9a-f]{40}\.txt$/) });
  });

  it('never injects a header', async () => {
    const part = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename*=UTF-8''a%0D%0AX-Evil%3A%20yes.txt\r\n\r\nx\r\n--${BOUNDARY}--\r\n`;
    const { body } = await raw(part);
    expect(body[0].name).toBe('aX-Evil_ yes.txt');
    const { headers } = await fetch(`${app.url}/${body[0].path}`);
    expect(headers.get('x-evil')).toBeNull();
  });
});

describe('type mismatches', () => {
  const PHP = '<?php system($_GET["c"]); ?>';
  const ELF = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(100)]);
  const EXE = Buffer.concat([Buffer.from('MZ\x90\0', 'latin1'), Buffer.alloc(100)]);

  it.each<[string, Part]>([
    ['HTML as a PNG', { name: 'a.png', type: 'image/png', content: '<html><script>alert(1)</script>' }],
    ['PHP as a PNG', { name: 'a.png', type: 'image/png', content: PHP }],
    ['a program for Linux as a PNG', { name: 'a.png', type: 'image/png', content: ELF }],
    ['a program for Windows as a PNG', { name: 'a.png', type: 'image/png', content: EXE }],
    ['HTML as a PNG by its name alone', { name: 'a.PNG', content: '<html>' }],
    ['HTML as a PNG by its type alone', { name: 'a', type: 'image/png', content: '<html>' }],
    ['HTML as a PDF', { name: 'a.pdf', type: 'application/pdf', content: '<html>' }],
    ['HTML as a film', { name: 'a.mp4', type: 'video/mp4', content: '<html>' }],
    ['HTML as a document', { name: 'a.docx', content: '<html>' }],
    ['text as an SVG', { name: 'a.svg', type: 'image/svg+xml', content: 'no drawing' }],
    ['a PDF as an image', { name: 'a.png', type: 'image/png', content: makePdf() }],
    ['an image as a PDF', { name: 'a.pdf', type: 'image/png', content: makePng() }],
    ['a GIF that is a script by its measures', { name: 'a.gif', type: 'image/gif', content: 'GIF89a/*;*/=1;alert(1)' }],
    [
      'a whole GIF with a script behind it',
      { name: 'a.gif', type: 'image/gif', content: Buffer.concat([makeGif(), Buffer.from('*/=1;alert(1)//')]) },
    ],
    [
      'a whole PNG with PHP behind it',
      { name: 'a.png', type: 'image/png', content: Buffer.concat([makePng(), Buffer.from(PHP)]) },
    ],
    [
      'a whole WebP with something behind it',
      { name: 'a.webp', type: 'image/webp', content: Buffer.concat([makeWebp(4, 4), Buffer.from('more')]) },
    ],
    [
      'a JPEG that is an archive as well',
      { name: 'a.jpg', type: 'image/jpeg', content: Buffer.concat([makeJpeg(4, 4), EMPTY_ZIP]) },
    ],
    [
      'a PDF that is an archive as well',
      { name: 'a.pdf', type: 'application/pdf', content: Buffer.concat([makePdf(), EMPTY_ZIP]) },
    ],
  ])('refuses %s', async (_title, part) => {
    expect(await upload(part)).toMatchObject(refusal(415, 'file.type_mismatch'));
  });
});

describe('decompression bombs', () => {
  const huge = (part: Part) => upload(part);
  const frames = pngChunk('acTL', Buffer.from([0, 0, 0x27, 0x10, 0, 0, 0, 0]));

  it.each<[string, Part, string]>([
    ['a PNG of 30,000 by 30,000', { name: 'a.png', content: makePng(30_000, 30_000) }, '40 million pixels'],
    ['a JPEG of 65,535 by 65,535', { name: 'a.jpg', content: makeJpeg(65_535, 65_535) }, '40 million pixels'],
    ['a WebP of 16,384 by 16,384', { name: 'a.webp', content: makeWebp(16_384, 16_384) }, '40 million pixels'],
    ['a GIF of 65,535 by 65,535', { name: 'a.gif', content: makeGif(1, 65_535, 65_535) }, '40 million pixels'],
    ['a GIF of 10,000 frames', { name: 'a.gif', content: makeGif(10_000) }, '1000 frames'],
    ['a PNG of 10,000 frames', { name: 'a.png', content: makePng(4, 4, [frames]) }, '1000 frames'],
  ])('refuses %s by its head', async (_title, part, limit) => {
    const { status, body } = await huge(part);
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'file.image_too_large' });
    expect(body.message).toContain(limit);
  });
});

describe('broken images', () => {
  const png = makePng(64, 64);
  const flipped = Buffer.from(png);
  flipped[png.length - 20] ^= 1;

  it.each<[string, Part['content'], string]>([
    ['a PNG cut off', png.subarray(0, -10), 'truncated'],
    ['a PNG without an end', png.subarray(0, -12), 'truncated'],
    ['a PNG with a wrong checksum', flipped, 'checksum'],
    [
      'a PNG with a chunk of 2 GB',
      Buffer.concat([png.subarray(0, 33), Buffer.from('\x7f\xff\xff\xffIDAT', 'latin1'), Buffer.alloc(40)]),
      'truncated',
    ],
    ['a JPEG cut off', makeJpeg(4, 4).subarray(0, -2), 'truncated'],
    [
      'a JPEG whose segments do not follow each other',
      Buffer.concat([makeJpeg(4, 4).subarray(0, 2), Buffer.from([0xff, 0xe0, 0, 4, 0, 0]), Buffer.alloc(50)]),
      'misplaced',
    ],
    ['a GIF cut off', makeGif(3).subarray(0, -3), 'truncated'],
    ['a GIF without frames', makeGif(0), 'no pixels'],
    ['a GIF with an unknown block', Buffer.concat([makeGif().subarray(0, 19), Buffer.from('?')]), 'unknown'],
    ['a WebP cut off', makeWebp(4, 4).subarray(0, -4), 'truncated'],
    ['an image without size', makeJpeg(0, 0), 'width or height is 0'],
  ])('refuses %s', async (_title, content, words) => {
    const { status, body } = await upload({ name: 'a', content });
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'file.image_invalid' });
    expect(body.message).toContain(words);
  });

  it('accepts compressed metadata without decompressing it', async () => {
    const profile = Buffer.concat([Buffer.from('icc\0\0', 'latin1'), deflateSync(Buffer.alloc(50_000_000))]);
    const { status } = await upload({ name: 'a.png', content: makePng(4, 4, [pngChunk('iCCP', profile)]) });
    expect(status).toBe(200);
  });
});

describe('extension lists and quotas', () => {
  let strict: FilesApp;
  let folder: string;
  let bob: TestPerson;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-config-'));
    const file = {
      maxStoredPerUser: 10_000,
      maxParallelUploads: 3,
      extensions: { mode: 'block', list: ['docm', 'exe'] },
    };
    const CONFIG_FILE = join(folder, 'config.json');
    await writeFile(CONFIG_FILE, JSON.stringify({ limits: { file } }));
    strict = await startFiles({ CONFIG_FILE });
    bob = await strict.signUp('Bob');
  });

  afterAll(async () => {
    await strict.close();
    await rm(folder, { recursive: true });
  });

  const uploadAsBob = (...parts: Part[]) =>
    strict.upload('/v1/client-api/files', { cookie: bob.cookie }, formBody(parts));

  it('applies the extension list without unpacking archives', async () => {
    const archive = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(26), EMPTY_ZIP]);
    expect(await uploadAsBob({ name: 'a.DOCM', content: archive })).toMatchObject(
      refusal(415, 'file.type_not_allowed'),
    );
    expect((await uploadAsBob({ name: 'a.zip', content: archive })).status).toBe(200);
    await strict.sql('DELETE FROM files');
    await strict.sql('DELETE FROM file_quotas');
  });

  it('never exceeds the quota under concurrent uploads', async () => {
    const send = () => uploadAsBob({ name: 'a.bin', type: 'application/x-a', content: Buffer.alloc(3000) });
    const answers = [await send(), ...(await Promise.all([send(), send(), send()]))];
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 413]);
    expect(answers.find(({ status }) => status === 413)).toMatchObject(refusal(413, 'file.quota_exceeded'));
    const stored = (await strict.onDisk()).filter((name) => name.endsWith('.bin'));
    expect(stored).toHaveLength(3);
    expect(await strict.sql('SELECT used_bytes::int AS used FROM file_quotas')).toEqual([{ used: 9000 }]);
    expect((await strict.onDisk()).filter((name) => name.startsWith('tmp'))).toEqual([]);
  });

  it('rejects uploads above the limit of parallel uploads', async () => {
    const people = await Promise.all(['Ann', 'Zoe'].map((name) => strict.signUp(name)));
    const send = (cookie: string) =>
      strict.upload('/v1/client-api/files', { cookie }, formBody([{ name: 'a.txt', content: 'x' }]));
    const answers = await Promise.all(Array.from({ length: 40 }, () => send(people[0].cookie)));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) expect(answer).toMatchObject(refusal(429, 'file.too_many_uploads'));
    expect((await send(people[0].cookie)).status).toBe(200);
    expect((await send(people[1].cookie)).status).toBe(200);
  });
});

describe('a full disk', () => {
  let disk: string | undefined;

  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'parley-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      process.stderr.write('Skipped the full disk: this user may not mount one\n');
      await rm(disk, { recursive: true });
      disk = undefined;
    }
  });

  afterAll(async () => {
    if (!disk) return;
    execFileSync('umount', [disk]);
    await rm(disk, { recursive: true });
  });

  it('returns 507, leaves no partial file, and accepts uploads once there is space', async () => {
    if (!disk) return;
    const cramped = await startFiles({ FILES_DIR: disk });
    try {
      const { cookie } = await cramped.signUp();
      const send = (bytes: number) =>
        cramped.upload('/v1/client-api/files', { cookie }, formBody([{ name: 'a', content: Buffer.alloc(bytes) }]));
      expect(await send(2_000_000)).toMatchObject(refusal(507, 'file.no_space'));
      expect(await cramped.sql('SELECT 1 FROM files')).toEqual([]);
      expect((await send(500_000)).status).toBe(200);
    } finally {
      await cramped.close();
    }
  });
});
