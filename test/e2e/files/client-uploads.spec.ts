import { randomBytes } from 'node:crypto';
import { clientError, type TestBot, type TestPerson } from '../client/client-caller.js';
import { BOUNDARY, type FilesApp, formBody, type Part, partHead, type UploadedFile } from './files-caller.js';
import { makeGif, makeJpeg, makeMp4, makePdf, makePng, makeWebp } from './images.js';
import { STORAGES } from './storages.js';

const PNG: Part = { name: 'a.png', type: 'image/png', content: makePng() };

describe.each(STORAGES)('POST /files, kept %s', (_, start) => {
  let app: FilesApp;
  let alice: TestPerson;
  let bot: TestBot;

  beforeAll(async () => {
    app = await start();
    alice = await app.signUp();
    bot = await app.createBot();
  });

  afterAll(() => app.close());

  const raw = (body: Uint8Array | string, headers: Record<string, string> = {}) =>
    app.upload('/v1/client-api/files', { cookie: alice.cookie, ...headers }, body);
  const upload = (...parts: Part[]) => raw(formBody(parts));
  const download = (path: string) => fetch(`${app.url}/${path}`);

  it('stores each part named "file" and responds in form order', async () => {
    const parts: Part[] = [
      { name: 'film.mp4', type: 'video/mp4', content: makeMp4(300_000) },
      PNG,
      { name: 'sound.mp3', type: 'audio/mpeg', content: Buffer.from('ID3\x04\0\0\0\0\0\0\xff\xfb\x90\0', 'latin1') },
      { name: 'notes.txt', type: 'text/plain', content: 'hello' },
    ];
    const { status, headers, body } = await upload(...parts);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('application/json');
    const ulid = expect.stringMatching(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
    const at = (folder: string, extension: string) =>
      expect.stringMatching(new RegExp(`^static/${folder}/[0-9a-f]{40}\\.${extension}$`));
    expect(body).toEqual([
      { id: ulid, path: at('videos', 'mp4'), name: 'film.mp4', size: 300_000, mimeType: 'video/mp4' },
      { id: ulid, path: at('images', 'png'), name: 'a.png', size: PNG.content.length, mimeType: 'image/png' },
      { id: ulid, path: at('audios', 'mp3'), name: 'sound.mp3', size: 14, mimeType: 'audio/mpeg' },
      { id: ulid, path: at('files', 'txt'), name: 'notes.txt', size: 5, mimeType: 'text/plain' },
    ]);
    expect(body.map(({ id }: UploadedFile) => id)).toEqual(body.map(({ id }: UploadedFile) => id).toSorted());
    for (const [index, { path }] of (body as UploadedFile[]).entries()) {
      const bytes = Buffer.from(await (await download(path)).arrayBuffer());
      expect(bytes.equals(Buffer.from(parts[index].content))).toBe(true);
    }
  });

  it('accepts uploads of bots', async () => {
    const { status, body } = await app.upload('/v1/bot-api/files', { authorization: bot.key }, formBody([PNG]));
    expect(status).toBe(200);
    expect(body).toEqual([expect.objectContaining({ name: 'a.png', mimeType: 'image/png' })]);
  });

  it.each([
    ['/v1/client-api/files', 401, 'User is unauthorized.'],
    ['/v1/bot-api/files', 403, 'Bot key is required.'],
  ])('%s requires a credential', async (path, status, message) => {
    expect(await app.upload(path, {}, formBody([PNG]))).toMatchObject({ status, body: clientError(message) });
  });

  it('returns attached files with the message in all APIs and deliveries', async () => {
    const [second, first] = (await upload(PNG, { name: 'b.txt', content: 'b' })).body as UploadedFile[];
    const chatId = (await alice.post('/chat', { botId: bot.id })).body.id as string;
    const sent = await alice.post('/chat/message', { chatId, body: 'see', attachmentIds: [first.id, second.id] });
    expect(sent.body.attachments).toEqual([second, first]);
    const page = await bot.get(`/chat/${chatId}/messages`);
    expect(page.body.messages[0].attachments).toEqual([second, first]);
    const stored = await bot.get(`/chat/message/${sent.body.id}`);
    expect(stored.body.attachmentIds).toEqual([first.id, second.id]);

    const headers = { 'api-token': app.settings.API_TOKEN };
    const url = `${app.url}/v3/group_channels/${chatId}/messages?message_ts=0`;
    const { messages } = (await (await fetch(url, { headers })).json()) as { messages: { files: { url: string }[] }[] };
    const urls = [first, second].map((file) => `${app.settings.publicUrl}/${file.path}`);
    expect(messages[0].files.map((file) => file.url)).toEqual(urls);

    await app.sql(
      `UPDATE files SET preview_path = 'static/previews/1.webp', preview_size_bytes = 9 WHERE id = '${first.id}'`,
    );
    const later = await alice.get(`/chat/${chatId}/messages`);
    expect(later.body.messages[0].attachments).toEqual([second, { ...first, preview: 'static/previews/1.webp' }]);
  });

  describe('types', () => {
    it.each<[string, Partial<Part>, string]>([
      ['finds the type when none is stated', { name: 'x', type: undefined, content: makeGif() }, 'image/gif'],
      [
        'finds it when the declared type is application/octet-stream',
        { type: 'application/octet-stream', content: makePdf() },
        'application/pdf',
      ],
      ['keeps a declared type that it does not know', { type: 'foo/bar', content: 'x' }, 'foo/bar'],
      ['drops parameters', { type: 'text/css; charset=latin1', content: 'a{}' }, 'text/css'],
      [
        'prefers the found type among images',
        { name: 'a.png', type: 'image/png', content: makeJpeg(4, 4) },
        'image/jpeg',
      ],
      ['keeps the stated one of a container', { type: 'audio/mp4', content: makeMp4(100) }, 'audio/mp4'],
      ['calls unknown bytes bytes', { type: undefined, content: Buffer.from([0, 1, 2]) }, 'application/octet-stream'],
      ['is not fooled by letters', { name: 'a.txt', type: 'text/plain', content: 'BMW and MZ' }, 'text/plain'],
      ['reads WebP', { name: 'a.webp', type: 'image/webp', content: makeWebp(4, 4) }, 'image/webp'],
    ])('%s', async (_title, part, mimeType) => {
      const { status, body } = await upload({ name: 'file', content: '', ...part });
      expect({ status, mimeType: body[0]?.mimeType }).toEqual({ status: 200, mimeType });
    });
  });

  describe('limits', () => {
    it.each([
      ['images', 2_097_152, { name: 'a.gif', type: 'image/gif' }, 'GIF89a'],
      ['audios', 5_242_880, { name: 'a.flac', type: 'audio/flac' }, 'fLaC'],
      ['files', 10_485_760, { name: 'a.bin' }, '\0'],
    ])('%s may have %d bytes', async (kind, limit, head, magic) => {
      const content = Buffer.alloc(limit + 1);
      content.write(magic, 'latin1');
      const { status, body } = await upload({ ...head, content });
      expect(status).toBe(400);
      const message = `Max allowed size for ${kind} are ${limit} bytes, but got ${limit + 1}.`;
      expect(body).toEqual(clientError(message, { code: 'file.too_large' }));
    });

    it('accepts a video of exactly the limit and rejects one byte more', async () => {
      const film = makeMp4(26_214_401);
      const part = { name: 'film.mp4', type: 'video/mp4' };
      expect((await upload({ ...part, content: film.subarray(1) })).status).toBe(415); // no film any more
      expect((await upload({ ...part, content: film.subarray(0, -1) })).status).toBe(200);
      expect((await upload({ ...part, content: film })).body.message).toBe(
        'Max allowed size for videos are 26214400 bytes, but got 26214401.',
      );
    });

    it('accepts ten files in a form', async () => {
      const ten = Array.from({ length: 10 }, (_part, index) => ({ name: `${index}.txt`, content: `${index}` }));
      expect((await upload(...ten)).body).toHaveLength(10);
      const { status, body } = await upload(...ten, PNG);
      expect({ status, body }).toEqual({
        status: 400,
        body: clientError('Too many files, max allowed amount is 10.', { code: 'file.too_many' }),
      });
    });
  });

  it.each<[string, () => ReturnType<typeof raw>, string]>([
    ['a form without files', () => upload({ field: 'other', content: 'x' }), 'No files found to upload.'],
    [
      'a file input that was left empty',
      () =>
        raw(
          `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--${BOUNDARY}--\r\n`,
        ),
      'No files found to upload.',
    ],
    ['files under another name', () => upload({ ...PNG, field: 'attachment' }), 'No files found to upload.'],
    [
      'a body that is no form',
      () => raw('{}', { 'content-type': 'application/json' }),
      'request has no multipart/form-data Content-Type',
    ],
  ])('refuses %s', async (_title, request, message) => {
    expect(await request()).toMatchObject({ status: 400, body: clientError(message) });
  });

  it('stores all files of a form or none', async () => {
    const before = await app.onDisk();
    const { status } = await upload(PNG, { name: 'b.txt', content: 'fine' }, { name: 'c.png', content: 'no image' });
    expect(status).toBe(415);
    expect(await app.onDisk()).toEqual(before);
    expect(await app.sql(`SELECT 1 FROM files WHERE state <> 'ready'`)).toEqual([]);
  });

  it('accepts 50 concurrent uploads', async () => {
    const contents = Array.from({ length: 50 }, () => randomBytes(200_000));
    const answers = await Promise.all(
      contents.map((content, index) => upload({ name: `${index}.bin`, type: 'application/x-test', content })),
    );
    expect(answers.map(({ status }) => status)).toEqual(contents.map(() => 200));
    const downloads = await Promise.all(
      answers.map(async ({ body }) => Buffer.from(await (await download(body[0].path)).arrayBuffer())),
    );
    expect(downloads.every((bytes, index) => bytes.equals(contents[index]))).toBe(true);
    expect(new Set(answers.map(({ body }) => body[0].path)).size).toBe(50);
  });

  it('reads a form that arrives byte by byte', async () => {
    const form = formBody([{ name: 'slow.txt', content: 'slow but sure' }]);
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (const byte of form) {
          controller.enqueue(Uint8Array.of(byte));
          await new Promise(setImmediate);
        }
        controller.close();
      },
    });
    const response = await fetch(`${app.url}/v1/client-api/files`, {
      method: 'POST',
      headers: { cookie: alice.cookie, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
      body,
      duplex: 'half',
    });
    expect(await response.json()).toEqual([expect.objectContaining({ name: 'slow.txt', size: 13 })]);
    expect(partHead({ name: 'slow.txt' })).toContain('slow.txt');
  });
});
