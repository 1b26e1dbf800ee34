import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSql } from '../../support/databases.js';
import { type PlatformCaller, error, newBot, newUser, startPlatform } from '../platform/platform-caller.js';
import { filesIn } from './files-caller.js';
import { makePng } from './images.js';

let folder: string;
let api: PlatformCaller;
let imageServer: Server;
let imageServerUrl: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-files-'));
  api = await startPlatform({ FILES_DIR: folder });
  for (const id of ['mia', 'outsider']) await api.post('users', newUser(id));
  await api.post('bots', newBot('helper', { bot_callback_url: '' }));
  await api.post('group_channels', { channel_url: 'lunch', user_ids: ['mia', 'helper'] });
  imageServer = createServer((request, response) => {
    if (request.url === '/dinner%20plan.png') return response.end(makePng());
    if (request.url === '/moved') return response.writeHead(302, { location: '/dinner%20plan.png' }).end();
    if (request.url === '/endless') return void response.on('drain', () => response.write(more)).write(more);
    response.writeHead(404).end();
  });
  const more = Buffer.alloc(1_000_000);
  await new Promise<void>((resolve) => imageServer.listen(0, '127.0.0.1', resolve));
  imageServerUrl = `http://127.0.0.1:${(imageServer.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await api.close();
  imageServer.closeAllConnections();
  await new Promise((resolve) => imageServer.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

/** After each rejection the folder contains only files of messages. */
afterEach(async () => {
  const rows = await runSql<{ path: string }>(
    api.running.settings.databaseUrl,
    `SELECT path FROM files JOIN file_uses ON file_id = id WHERE state = 'ready'`,
  );
  expect(await filesIn(folder)).toEqual([...new Set(rows.map(({ path }) => path))].sort());
});

const image = (name = 'dinner.png') => new File([makePng()], name, { type: 'image/png' });
const MESSAGES = 'group_channels/lunch/messages';

const shown = (fields: object = {}) => ({
  url: expect.stringMatching(/^http:\/\/localhost:\d+\/static\/images\/[0-9a-f]{40}\.png$/),
  file_name: 'dinner.png',
  file_size: makePng().length,
  file_type: 'image/png',
  thumbnails: [],
  require_auth: false,
  ...fields,
});
const shownBefore = ({ url, file_name: name, file_size: size, file_type: type }: ReturnType<typeof shown>) => ({
  url,
  name,
  size,
  type,
  data: '',
  thumbnails: [],
});

async function download(url: string): Promise<Buffer> {
  const { pathname } = new URL(url);
  return Buffer.from(await (await fetch(api.url + pathname)).arrayBuffer());
}

describe('file messages', () => {
  it('are sent as a form and listed', async () => {
    const { status, body } = await api.form(MESSAGES, {
      message_type: 'FILE',
      user_id: 'mia',
      custom_type: 'photo',
      file: image(),
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      type: 'FILE',
      message: '',
      custom_type: 'photo',
      file: shownBefore(shown()),
      files: [shown()],
    });
    expect((await download(body.file.url)).equals(makePng())).toBe(true);
    const { messages } = (await api.get(`${MESSAGES}?message_ts=0&message_type=FILE`)).body;
    expect(messages.at(-1)).toMatchObject({ message_id: body.message_id, files: [shown()] });
  });

  it('contain the preview of their file', async () => {
    const sent = await api.form(MESSAGES, { message_type: 'FILE', user_id: 'mia', file: image() });
    const path = new URL(sent.body.file.url).pathname.slice(1);
    await runSql(
      api.running.settings.databaseUrl,
      `UPDATE files SET preview_path = 'static/previews/1.webp', preview_size_bytes = 9, preview_mime_type = 'image/webp',
                        preview_width = 30, preview_height = 20, width = 300, height = 200 WHERE path = '${path}'`,
    );
    const { messages } = (await api.get(`${MESSAGES}?message_ts=0`)).body;
    const url = expect.stringMatching(/^http:.*\/static\/previews\/1\.webp$/);
    const thumbnail = { url, plain_url: url, width: 30, height: 20, real_width: 300, real_height: 200 };
    expect(messages.at(-1).files[0].thumbnails).toEqual([thumbnail]);
    expect(messages.at(-1).file.thumbnails).toEqual([thumbnail]);
  });

  it('are sent by bots with a text', async () => {
    const { status, body } = await api.form('bots/helper/send', {
      channel_url: 'lunch',
      message_type: 'FILE',
      message: 'See',
      file: image('menü.png'),
    });
    expect(status).toBe(200);
    expect(body.message).toMatchObject({ type: 'FILE', message: 'See', files: [shown({ file_name: 'menü.png' })] });
  });

  it('are sent with several files', async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ message_type: 'FILE', user_id: 'mia' })) form.append(name, value);
    for (const name of ['a.png', 'b.png', 'c.png']) form.append('file', image(name));
    const { body } = await api.call(MESSAGES, { method: 'POST', body: form });
    expect(body.files.map(({ file_name }: { file_name: string }) => file_name)).toEqual(['a.png', 'b.png', 'c.png']);
    expect(body.file.name).toBe('a.png');
  });

  it('are sent by URL and store the file', async () => {
    const fields = { message_type: 'FILE', user_id: 'mia', url: `${imageServerUrl}/dinner%20plan.png` };
    const { body } = await api.post(MESSAGES, fields);
    expect(body.files).toEqual([shown({ file_name: 'dinner plan.png' })]);
    expect((await download(body.file.url)).equals(makePng())).toBe(true);
    const named = await api.post(MESSAGES, { ...fields, file_name: 'other.png' });
    expect(named.body.file.name).toBe('other.png');
  });

  it('are sent by several URLs', async () => {
    const files = [
      { url: `${imageServerUrl}/dinner%20plan.png` },
      { url: `${imageServerUrl}/dinner%20plan.png`, file_name: 'b.png' },
    ];
    const { body } = await api.post('bots/helper/send', { channel_url: 'lunch', message_type: 'FILE', files });
    expect(body.files.map(({ file_name }: { file_name: string }) => file_name)).toEqual(['dinner plan.png', 'b.png']);
  });

  it.each<[string, Record<string, string | Blob>, number, string | RegExp]>([
    ['without a file', { message_type: 'FILE', user_id: 'mia' }, 400105, 'file must be required.'],
    [
      'with base64 text',
      { message_type: 'FILE', user_id: 'mia', file: 'aGk=' },
      400111,
      'file must be a part with a file name.',
    ],
    ['as a text', { message_type: 'MESG', user_id: 'mia', message: 'x', file: image() }, 400111, /must be FILE/],
    [
      'of a user who is not a member',
      { message_type: 'FILE', user_id: 'outsider', file: image() },
      400108,
      /not a member/,
    ],
    ['without a sender', { message_type: 'FILE', file: image() }, 400105, 'user_id must be required.'],
    [
      'whose content does not match its type',
      { message_type: 'FILE', user_id: 'mia', file: new File(['<html>'], 'a.png') },
      400111,
      /does not match/,
    ],
    [
      'that is empty',
      { message_type: 'FILE', user_id: 'mia', file: new File([], 'a.txt') },
      400111,
      'The file is empty.',
    ],
    [
      'that is too large',
      { message_type: 'FILE', user_id: 'mia', file: new File([Buffer.alloc(10_485_761)], 'a') },
      400110,
      /10485760 bytes/,
    ],
  ])('are rejected %s and leave no files', async (_title, fields, code, message) => {
    const { status, body } = await api.form(MESSAGES, fields);
    expect([status, body]).toEqual([400, error(code, message)]);
  });

  it.each([
    ['/moved', 400111, /the server responded with status 302/],
    ['/nothing', 400111, /the server responded with status 404/],
    ['/endless', 400111, /the file is too large/],
  ])('are rejected from %s', async (path, code, message) => {
    const { status, body } = await api.post(MESSAGES, {
      message_type: 'FILE',
      user_id: 'mia',
      url: imageServerUrl + path,
    });
    expect([status, body]).toEqual([400, error(code, message)]);
  });

  it('are rejected if one of several URLs does not respond', async () => {
    const files = ['/dinner%20plan.png', '/nothing'].map((path) => ({ url: imageServerUrl + path }));
    expect((await api.post(MESSAGES, { message_type: 'FILE', user_id: 'mia', files })).status).toBe(400);
  });
});

describe('URLs of internal addresses', () => {
  let guarded: PlatformCaller;

  beforeAll(async () => {
    guarded = await startPlatform({ FILES_DIR: folder, CALLBACK_ALLOW_PRIVATE: false });
    await guarded.post('users', newUser('mia'));
    await guarded.post('group_channels', { channel_url: 'lunch', user_ids: ['mia'] });
  });

  afterAll(() => guarded.close());

  it.each(['', 'http://localhost:', 'http://[::ffff:127.0.0.1]:', 'http://2130706433:'])(
    '%s is never asked',
    async (host) => {
      const asked = jest.fn();
      imageServer.on('request', asked);
      const { port } = new URL(imageServerUrl);
      const url = `${host === '' ? imageServerUrl : host + port}/dinner%20plan.png`;
      const { status, body } = await guarded.post(MESSAGES, { message_type: 'FILE', user_id: 'mia', url });
      expect([status, body]).toEqual([400, error(400111, /the address is not public/)]);
      expect(asked).not.toHaveBeenCalled();
      imageServer.off('request', asked);
    },
  );

  it.each(['file:///etc/passwd', 'ftp://x/y', '/etc/passwd', 'http://user:word@example.com/', 'gopher://x'])(
    '%s is no address',
    async (url) => {
      const { body } = await guarded.post(MESSAGES, { message_type: 'FILE', user_id: 'mia', url });
      expect(body).toEqual(error(400111, /absolute http or https URL/));
    },
  );
});
