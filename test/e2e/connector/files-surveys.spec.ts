import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenWithTls } from '../../../src/app/tls-listener.js';
import { ServiceConfig } from '../../../src/core/config/service-config.js';
import type { Person } from '../../support/client-api.js';
import { ConnectorClient } from '../../support/connector-client.js';
import { TEST_SECRETS } from '../../support/settings.js';
import { BOUNDARY, FORM_TYPE, formBody, type Part, partHead } from '../files/files-caller.js';
import { makePng, makeWebp } from '../files/images.js';
import { type ConnectorApp, type ConnectorBot, startConnectorApp } from './connector-app.js';
import { COVERED, StrictReader } from './strict-reader.js';

const UPLOAD_PATH = '/bridge/api/client/v1/files';

describe('a socket bot', () => {
  const reader = new StrictReader();
  let app: ConnectorApp;
  let folder: string;
  let bot: ConnectorBot;
  let alice: Person;
  let chatId: string;
  let client: ConnectorClient;
  let other: ConnectorClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-connector-'));
    app = await startConnectorApp({ FILES_DIR: join(folder, 'files') });
    bot = await app.createBot('Filer');
    alice = await app.api.logIn('Alice');
    chatId = await app.api.createChat(alice, bot.id);
    client = await app.open(bot, { reader });
    other = await app.open(bot, { reader });
  });
  afterEach(() => expect([...client.readErrors, ...other.readErrors]).toEqual([]));
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  const refusal = async (method: string, payload: object): Promise<number> =>
    ((await client.request(method, payload)) as { errorCode?: number }).errorCode ?? 0;
  const post = async (taskId: string, ...parts: Part[]) => {
    const headers = { 'upload-task-id': taskId, 'content-type': FORM_TYPE };
    const response = await fetch(app.url + UPLOAD_PATH, { method: 'POST', headers, body: formBody(parts) });
    return (await response.json()) as { temporalFileId: string };
  };
  /** Uploads a file in the three steps of the contract. */
  const upload = async (content: Buffer, name: string, type: string, ...more: Part[]): Promise<string> => {
    const { uploadTaskId } = await client.call('uploadFile', { fileSize: content.length, fileName: name });
    return (await post(uploadTaskId as string, { name, type, content }, ...more)).temporalFileId;
  };
  const download = async (link: string) => {
    const { pathname, search } = new URL(link);
    return Buffer.from(await (await fetch(app.url + pathname + search)).arrayBuffer());
  };

  describe('sends files', () => {
    const report = Buffer.from('a report '.repeat(100));

    it('with a caption to users and other sessions, downloadable by link', async () => {
      const temporalFileId = await upload(report, 'Отчёт.txt', 'text/plain');
      const caption = { text: '<b>Here</b> it is', parseMode: 'html' };
      const { fileId, messageId } = await client.call('sendFile', { chatId, content: { temporalFileId, caption } });
      expect(await other.next('sendMessage')).toMatchObject({
        messageId,
        type: 202,
        content: { fileId, name: 'Отчёт.txt', size: report.length, mimeType: 'text/plain', readyState: 2, caption },
      });
      const [seen] = await app.api.listMessages(alice, chatId);
      expect(seen).toMatchObject({ body: 'Here it is', attachments: [{ name: 'Отчёт.txt' }] });
      const info = await client.call('getFileInfo', { fileId });
      expect(info).toMatchObject({ fileId, infoHash: fileId, readyState: 2, size: report.length, previews: null });
      expect((await download(info.downloadUrl)).equals(report)).toBe(true);
      expect(await client.call('getMessageById', { messageId })).toMatchObject({ type: 202 });
      const forwarded = await client.call('forwardMessage', { messageId, chatId });
      expect(await client.call('getMessageById', { messageId: forwarded.messageId })).toMatchObject({
        type: 201,
        content: { messageId, type: 202, content: { fileId } },
      });
    });

    it('once per upload and not without one', async () => {
      const temporalFileId = await upload(report, 'r.txt', 'text/plain');
      expect(await refusal('sendFile', { chatId: 'none', content: { temporalFileId } })).toBe(304);
      expect(await refusal('sendFile', { chatId, replyMessageId: 'none', content: { temporalFileId } })).toBe(306);
      await client.call('sendFile', { chatId, content: { temporalFileId } });
      expect(await refusal('sendFile', { chatId, content: { temporalFileId } })).toBe(308);
      expect(await refusal('sendFile', { chatId, content: { temporalFileId: null } })).toBe(308);
      expect(await refusal('sendFile', { chatId })).toBe(399);
      expect(await refusal('uploadFile', { fileName: 'x' })).toBe(310);
      expect(await refusal('uploadFile', { fileSize: 99_999_999_999, fileName: 'x' })).toBe(310);
      expect(await refusal('uploadFile', { fileSize: 0, fileName: 'x' })).toBe(310);
      expect(await refusal('getFileInfo', { fileId: 'none' })).toBe(308);
    });

    it('as stickers with a preview of their own', async () => {
      const sticker = makeWebp(128, 128);
      const preview: Part = { field: 'preview', name: 's.webp', type: 'image/webp', content: sticker };
      const temporalFileId = await upload(sticker, 's.webp', 'sticker/webp', preview);
      const { fileId } = await client.call('sendFile', { chatId, content: { temporalFileId }, replyMessageId: null });
      const info = await client.call('getFileInfo', { fileId });
      expect(info).toMatchObject({ mimeType: 'sticker/webp', previews: [{ mimeType: 'image/webp' }] });
      expect((await download(info.previews[0].downloadUrl)).equals(sticker)).toBe(true);
    });

    it('and receives their upload progress', async () => {
      const temporalFileId = await upload(report, 'w.txt', 'text/plain');
      const { fileId } = await client.call('sendFile', { chatId, content: { temporalFileId } });
      expect(await client.call('subscribeFileProgress', { fileId })).toEqual({ result: true });
      expect(await client.next('uploadFileProgress')).toEqual({ fileId, progress: report.length });
      expect(await client.call('unsubscribeFileProgress', { fileId })).toEqual({ result: true });
      expect(await client.call('unsubscribeFileProgress', { fileId })).toEqual({ result: false });
      for (const method of ['subscribeFileProgress', 'unsubscribeFileProgress'])
        expect(await refusal(method, { fileId: 'none' })).toBe(308);
    });

    it('and receives the progress of pending uploads until their end', async () => {
      const content = Buffer.alloc(1_000_000, 'x');
      const { uploadTaskId } = await client.call('uploadFile', { fileSize: content.length, fileName: 'big.txt' });
      let release = (): void => undefined;
      const half = new Promise<void>((resolve) => (release = resolve));
      const body = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(Buffer.from(partHead({ name: 'big.txt', type: 'text/plain' })));
          controller.enqueue(content.subarray(0, 400_000));
          await half;
          controller.enqueue(content.subarray(400_000));
          controller.enqueue(Buffer.from(`\r\n--${BOUNDARY}--\r\n`));
          controller.close();
        },
      });
      const headers = { 'content-type': FORM_TYPE, 'upload-task-id': uploadTaskId as string };
      const answer = fetch(app.url + UPLOAD_PATH, { method: 'POST', headers, body, duplex: 'half' });
      let fileId = '';
      while (fileId === '') {
        const rows = await app.sql<{ id: string }>(`SELECT id FROM files WHERE state = 'uploading'`);
        fileId = rows[0]?.id ?? '';
      }
      expect(await client.call('getFileInfo', { fileId })).toMatchObject({ readyState: 1 });
      await client.call('subscribeFileProgress', { fileId });
      client.skipEvents();
      release();
      await client.next('uploadFileProgress', ({ progress }) => progress >= content.length);
      await answer;
      expect(await client.call('getFileInfo', { fileId })).toMatchObject({ readyState: 2 });
    });

    it('and receives changed upload limits', async () => {
      const config = app.app.get(ServiceConfig);
      expect(await client.call('getFileUploadLimits')).toEqual({ extensions: null, maxSize: 26_214_400 });
      config.limits.file.extensions = { mode: 'block', list: ['exe'] };
      expect(await client.next('getFileUploadLimits')).toEqual({
        extensions: { mode: 'block', list: ['exe'] },
        maxSize: 26_214_400,
      });
      expect(await refusal('uploadFile', { fileSize: 5, fileName: 'virus.exe' })).toBe(310);
      config.limits.file.extensions = undefined;
    });

    it('and receives several files of one message in one envelope each', async () => {
      const form = formBody(['a.txt', 'b.txt'].map((name) => ({ name, type: 'text/plain', content: name })));
      const headers = { cookie: alice.cookie, 'content-type': FORM_TYPE };
      const stored = await fetch(`${app.url}/v1/client-api/files`, { method: 'POST', headers, body: form });
      const ids = ((await stored.json()) as { id: string }[]).map(({ id }) => id);
      const sent = await fetch(`${app.url}/v1/client-api/chat/message`, {
        method: 'POST',
        headers: { cookie: alice.cookie, 'content-type': 'application/json' },
        body: JSON.stringify({ chatId, body: 'two files', attachmentIds: ids }),
      });
      const { id } = (await sent.json()) as { id: string };
      const first = await client.next('sendMessage', ({ messageId }) => messageId === id);
      expect(first).toMatchObject({
        type: 202,
        content: { fileId: ids[0], caption: { text: 'two files', parseMode: 'text' } },
      });
      const second = await client.next('sendMessage', ({ messageId }) => messageId === `${id}.2`);
      expect(second.content.fileId).toBe(ids[1]);
      expect(await client.call('getMessageById', { messageId: `${id}.2` })).toMatchObject({
        content: { fileId: ids[1] },
      });
      const { messages } = await client.call('getChatHistory', { chatId, count: 1 });
      expect(messages.map(({ messageId }: { messageId: string }) => messageId)).toEqual([`${id}.2`, id]);
    });

    it('as chat avatars', async () => {
      const { chatId: groupId } = await client.call('createGroupChat', { title: 'With an avatar' });
      const temporalFileId = await upload(makePng(), 'avatar.png', 'image/png');
      await client.call('editChatAvatar', { chatId: groupId, temporalFileId });
      const { avatarUrl } = await other.next('editChatAvatar');
      expect((await fetch(app.url + new URL(avatarUrl as string).pathname)).headers.get('content-type')).toBe(
        'image/png',
      );
      expect(await client.call('getChatByID', { chatId: groupId })).toMatchObject({ avatarUrl });
      expect(await refusal('editChatAvatar', { chatId: groupId, temporalFileId })).toBe(308);
      expect(await refusal('editChatAvatar', { chatId: groupId, temporalFileId: null })).toBe(308);
      expect(await refusal('editChatAvatar', { chatId, temporalFileId })).toBe(303);
      const textFile = await upload(report, 'r.txt', 'text/plain');
      expect(await refusal('editChatAvatar', { chatId: groupId, temporalFileId: textFile })).toBe(310);
    });
  });

  describe('invites to surveys', () => {
    const content = {
      url: 'https://elsewhere/webtools/survey',
      appVersion: 1,
      path: 'lunch & co',
      title: 'Lunch <now>?',
      description: '{{Survey}}',
      buttonText: '{{Go to survey}}',
      secret: 'ab'.repeat(20),
      alt: '<script>',
    };
    let messageId: string;
    const pageUrl = () => `${app.url}/webtools/survey?id=${encodeURIComponent(content.path)}`;
    const answer = (headers: Record<string, string>, text = 'Soup') =>
      fetch(`${app.url}/webtools/survey`, {
        method: 'POST',
        headers,
        body: new URLSearchParams({ id: content.path, answer: text }),
      });

    it('with the address of this server, and renames them', async () => {
      ({ messageId } = await client.call('sendSurvey', { chatId, replyMessageId: null, content }));
      const received = await other.next('sendMessage', (payload) => payload.messageId === messageId);
      expect(received.content).toMatchObject({
        ...content,
        url: `${app.settings.publicUrl}/webtools/survey`,
        alt: expect.not.stringContaining('<now>'),
      });
      expect((await app.api.listMessages(alice, chatId)).at(-1)!.body).toContain('📊 Lunch <now>?');
      const { title, path } = { ...content, title: 'Dinner?' };
      await client.call('editSurvey', {
        messageId,
        content: { title, path, description: '{{Survey}}', buttonText: 'x', alt: 'y' },
      });
      expect(await other.next('editMessage')).toMatchObject({ content: { text: 'Dinner?' } });
      expect(await client.call('getMessageById', { messageId })).toMatchObject({
        type: 204,
        isEdited: true,
        content: { title: 'Dinner?', secret: content.secret },
      });
      expect(await refusal('editSurvey', { messageId: 'none', content })).toBe(306);
      expect(await refusal('sendSurvey', { chatId: 'none', content })).toBe(304);
      expect(await refusal('sendSurvey', { chatId, content: { title: 'x' } })).toBe(399);
      expect(await refusal('editMessage', { messageId, content: { text: 'x', parseMode: 'text' } })).toBe(399);
    });

    it('with a page that accepts one answer per visitor', async () => {
      const page = await fetch(pageUrl());
      expect(page.status).toBe(200);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await page.text()).toContain('<h1>Dinner?</h1>');
      const browser = { cookie: page.headers.getSetCookie()[0].split(';')[0] };
      expect((await answer(browser)).status).toBe(200);
      expect((await answer(browser)).status).toBe(409);
      expect(await (await fetch(pageUrl(), { headers: browser })).text()).toContain('already');
      expect((await answer({ cookie: alice.cookie })).status).toBe(200);
      expect((await answer({ cookie: `${alice.cookie}; ${browser.cookie}` })).status).toBe(409);
      expect((await answer({ cookie: 'survey=x' }, ' ')).status).toBe(400);
      expect((await answer({}, 'x'.repeat(5000))).status).toBe(400);
      expect((await fetch(`${app.url}/webtools/survey?id=none`)).status).toBe(404);
      expect(await app.sql(`SELECT user_id, answer FROM survey_answers ORDER BY user_id NULLS FIRST`)).toEqual([
        { user_id: null, answer: 'Soup' },
        { user_id: alice.id, answer: 'Soup' },
      ]);
    });

    it('with results for the admin, the bot and signed links', async () => {
      const read = async (path: string, authorization: string) => {
        const response = await fetch(`${app.url}/v1${path}`, { headers: { authorization } });
        return { status: response.status, body: (await response.json()) as Record<string, unknown> };
      };
      const path = `survey/${encodeURIComponent(content.path)}`;
      const summary = {
        campaignId: content.path,
        botId: bot.id,
        title: 'Dinner?',
        isAnonymous: false,
        createdAt: expect.any(Number),
        answerCount: 2,
        newestAnswerAt: expect.any(Number),
        resultsUrl: expect.stringContaining('/webtools/survey/results?id=lunch%20%26%20co&'),
      };
      for (const [api, key] of [
        ['/admin-api', TEST_SECRETS.ADMIN_SECRET_KEY],
        ['/bot-api', bot.key],
      ]) {
        expect((await read(`${api}/surveys`, key)).body).toEqual([summary]);
        expect((await read(`${api}/${path}`, key)).body).toEqual(summary);
        expect((await read(`${api}/${path}/answers`, key)).body).toEqual({
          total: 2,
          answers: [
            { userId: null, nickname: null, answer: 'Soup', timestamp: expect.any(Number) },
            { userId: alice.id, nickname: 'Alice', answer: 'Soup', timestamp: expect.any(Number) },
          ],
        });
        expect((await read(`${api}/${path}/answers?page=2&limit=1`, key)).body).toMatchObject({
          total: 2,
          answers: [{ userId: alice.id }],
        });
        expect((await read(`${api}/survey/none/answers`, key)).status).toBe(404);
        expect((await read(`${api}/surveys?page=0`, key)).status).toBe(400);
        expect((await read(`${api}/surveys?limit=1001`, key)).status).toBe(400);
      }
      const outsider = await app.createBot('Curious');
      expect((await read('/bot-api/surveys', outsider.key)).body).toEqual([]);
      expect((await read(`/bot-api/${path}`, outsider.key)).status).toBe(404);
      expect((await read(`/admin-api/surveys?botId=${outsider.id}`, TEST_SECRETS.ADMIN_SECRET_KEY)).body).toEqual([]);

      const { resultsUrl } = (await read(`/bot-api/${path}`, bot.key)).body as { resultsUrl: string };
      const { pathname, search } = new URL(resultsUrl);
      const page = await fetch(app.url + pathname + search);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await page.text()).toContain(
        '2 people have answered.</p><ol reversed start="2"><li><p>Soup</p><small>Alice, ',
      );
      for (const change of [search.replace('lunch', 'dinner'), search.replace(/signature=./, 'signature=_'), '?id=x'])
        expect((await fetch(app.url + pathname + change)).status).toBe(404);
    });
  });

  it('covers all file and survey methods and events of the contract', () => {
    expect([...reader.responses]).toEqual(expect.arrayContaining(COVERED.files.responses));
    expect([...reader.events]).toEqual(expect.arrayContaining(COVERED.files.events));
  });

  describe('over TLS', () => {
    let server: Server;
    let url: string;

    beforeAll(async () => {
      const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
      const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 2';
      execFileSync('openssl', [...request.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
      const settings = Object.assign(Object.create(app.settings), {
        TLS_PORT: 0,
        TLS_CERT_FILE: cert,
        TLS_KEY_FILE: key,
      });
      server = (await listenWithTls(app.app, settings))!;
      url = `https://localhost:${(server.address() as AddressInfo).port}`;
    });

    it('creates its token and opens its socket at the same address', async () => {
      const [username, password] = bot.key.split(':');
      const answer = await new Promise<string>((resolve, reject) => {
        const request = httpsRequest(
          `${url}/bridge/api/client/v1/oauth/token`,
          { method: 'POST', rejectUnauthorized: false, headers: { 'content-type': 'application/json' } },
          (response) => response.on('data', (data: Buffer) => resolve(data.toString())),
        );
        request.on('error', reject);
        request.end(JSON.stringify({ client_id: 'chat_bot', grant_type: 'password', username, password }));
      });
      const { access_token: token } = JSON.parse(answer) as { access_token: string };
      const secure = await ConnectorClient.open(url, token, { tlsRejectUnauthorized: false });
      expect(secure.userId).toBe(bot.userId);
      await secure.close();
    });

    it('does not start without certificate files', async () => {
      const settings = Object.assign(Object.create(app.settings), {
        TLS_PORT: 0,
        TLS_CERT_FILE: '/nowhere',
        TLS_KEY_FILE: '/nowhere',
      });
      await expect(listenWithTls(app.app, settings)).rejects.toThrow('/nowhere');
    });
  });
});
