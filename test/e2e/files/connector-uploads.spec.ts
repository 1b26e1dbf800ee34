import { PubSub, type PubSubMessage } from '../../../src/core/pubsub/pubsub.js';
import {
  toConnectorFileInfo,
  toConnectorUploadLimits,
} from '../../../src/modules/files/api/connector/files.connector.mapper.js';
import { FilesService, fileTopic, UploadTasksService } from '../../../src/modules/files/index.js';
import type { Actor } from '../../../src/modules/auth/index.js';
import { waitFor } from '../../support/wait-for.js';
import { BOUNDARY, type FilesApp, FORM_TYPE, formBody, type Part, partHead } from './files-caller.js';
import { makePng, makeWebp } from './images.js';
import { STORAGES } from './storages.js';

const PATH = '/bridge/api/client/v1/files';
const REPORT = 'a report '.repeat(1000);

describe.each(STORAGES)('uploads of socket bots, kept %s', (_, start) => {
  let app: FilesApp;
  let tasks: UploadTasksService;
  let files: FilesService;
  let bot: Actor;

  beforeAll(async () => {
    app = await start();
    tasks = app.app.get(UploadTasksService);
    files = app.app.get(FilesService);
    bot = { kind: 'bot', id: (await app.createBot()).id, scopes: [] };
  });

  afterAll(() => app.close());

  const create = (sizeBytes: number, name: string | undefined = 'report.txt') => tasks.create(bot, { sizeBytes, name });
  const upload = (taskId: string, ...parts: Part[]) => app.upload(PATH, { 'upload-task-id': taskId }, formBody(parts));
  const report: Part = { name: 'ignored.txt', type: 'text/plain', content: REPORT };

  it('create a file that can be claimed once', async () => {
    const { status, headers, body } = await upload(await create(REPORT.length), report);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('application/json');
    expect(body).toEqual({ temporalFileId: expect.stringMatching(/^[0-9a-f]{40}$/) });

    const outsider: Actor = { kind: 'bot', id: 'outsider', scopes: [] };
    await expect(tasks.claim(outsider, body.temporalFileId)).rejects.toMatchObject({ code: 'file.not_found' });
    const file = await tasks.claim(bot, body.temporalFileId);
    expect(file).toMatchObject({
      name: 'report.txt',
      sizeBytes: REPORT.length,
      mimeType: 'text/plain',
      ownerId: bot.id,
    });
    await expect(tasks.claim(bot, body.temporalFileId)).rejects.toMatchObject({ code: 'file.not_found' });

    const info = toConnectorFileInfo(await files.info(file.id));
    expect(info).toEqual({
      name: 'report.txt',
      size: REPORT.length,
      mimeType: 'text/plain',
      readyState: 2,
      fileId: file.id,
      infoHash: file.id,
      downloadUrl: expect.stringContaining(`${PATH}/${file.id}?expires=`),
      previews: null,
    });
    const { pathname, search } = new URL(info.downloadUrl);
    expect(await (await fetch(app.url + pathname + search)).text()).toBe(REPORT);
  });

  it('use the UTF-8 name of the form if the task has none', async () => {
    const taskId = await tasks.create(bot, { sizeBytes: 1 });
    const { body } = await upload(taskId, { name: 'Отчёт "1" ✓.txt', content: 'x' });
    expect((await tasks.claim(bot, body.temporalFileId)).name).toBe('Отчёт _1_ ✓.txt');
  });

  it('keep the sticker type and the uploaded preview', async () => {
    const sticker = makeWebp(512, 256);
    const { body } = await upload(
      await create(sticker.length, 'hi.webp'),
      { name: 'hi.webp', type: 'sticker/webp', content: sticker },
      { field: 'preview', name: 'p.webp', type: 'image/webp', content: sticker },
    );
    const { id } = await tasks.claim(bot, body.temporalFileId);
    const info = toConnectorFileInfo(await files.info(id));
    expect(info).toMatchObject({
      mimeType: 'sticker/webp',
      previews: [{ name: 'preview.webp', size: sticker.length, mimeType: 'image/webp' }],
    });
    const { pathname, search } = new URL(info.previews![0].downloadUrl);
    const response = await fetch(app.url + pathname + search);
    expect(response.headers.get('content-type')).toBe('image/webp');
    expect(Buffer.from(await response.arrayBuffer()).equals(sticker)).toBe(true);
  });

  it('drop an invalid preview', async () => {
    const { status, body } = await upload(await create(REPORT.length), report, {
      field: 'preview',
      name: 'p.png',
      type: 'image/png',
      content: makePng().subarray(0, -4),
    });
    expect(status).toBe(200);
    const { id } = await tasks.claim(bot, body.temporalFileId);
    expect((await files.info(id)).previewUrl).toBeUndefined();
  });

  describe('are rejected', () => {
    const refusal = (errorCode: number) => ({ errorCode, message: expect.any(String) });

    it('without a task, or with a used or expired one', async () => {
      const used = await create(REPORT.length);
      await upload(used, report);
      const old = await create(REPORT.length);
      await app.sql(`UPDATE upload_tasks SET expires_at = now() - interval '1 second'`);
      for (const taskId of ['', 'x', used, old]) {
        expect(await upload(taskId, report)).toMatchObject({ status: 404, body: refusal(407) });
      }
    });

    it('if a concurrent upload uses the same task', async () => {
      const taskId = await create(REPORT.length);
      const answers = await Promise.all([upload(taskId, report), upload(taskId, report)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404]);
    });

    it.each<[string, number, Part[], number]>([
      ['with another size than announced', REPORT.length + 1, [report], 408],
      ['with a larger one', 10, [report], 408],
      ['without a file', 10, [{ field: 'preview', name: 'a', content: 'x' }], 408],
      ['with two files', REPORT.length, [report, report], 408],
      [
        'when the content does not match the declared type',
        5,
        [{ name: 'a.png', type: 'image/png', content: 'no no' }],
        408,
      ],
    ])('%s, and leave nothing', async (_title, sizeBytes, parts, errorCode) => {
      const before = await app.onDisk();
      expect((await upload(await create(sizeBytes, undefined), ...parts)).body).toEqual(refusal(errorCode));
      expect(await app.onDisk()).toEqual(before);
      expect(await app.sql(`SELECT 1 FROM files WHERE state <> 'ready'`)).toEqual([]);
    });

    it('on creation of the task if the declared size is too large or 0', async () => {
      await expect(create(26_214_401)).rejects.toMatchObject({ code: 'file.too_large' });
      await expect(create(0)).rejects.toMatchObject({ code: 'file.empty' });
      expect(toConnectorUploadLimits(files.uploadLimits())).toEqual({ extensions: null, maxSize: 26_214_400 });
    });
  });

  it('publish their progress', async () => {
    const content = Buffer.alloc(3_000_000, 'x');
    const taskId = await create(content.length);
    let release = (): void => undefined;
    const half = new Promise<void>((resolve) => (release = resolve));
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from(partHead({ name: 'a.txt', type: 'text/plain' })));
        controller.enqueue(content.subarray(0, 1_000_000));
        await half;
        controller.enqueue(content.subarray(1_000_000));
        controller.enqueue(Buffer.from(`\r\n--${BOUNDARY}--\r\n`));
        controller.close();
      },
    });
    const headers = { 'content-type': FORM_TYPE, 'upload-task-id': taskId };
    const answer = fetch(app.url + PATH, { method: 'POST', headers, body, duplex: 'half' });

    const [{ id }] = await waitFor(
      async () => {
        const rows = await app.sql<{ id: string }>(`SELECT id FROM files WHERE state = 'uploading'`);
        return rows.length > 0 ? (rows as [{ id: string }]) : undefined;
      },
      { what: 'the row of the upload' },
    );
    expect(toConnectorFileInfo(await files.info(id))).toMatchObject({ readyState: 1, downloadUrl: '', previews: null });
    const received: PubSubMessage[] = [];
    const unsubscribe = app.app.get(PubSub).subscribe(fileTopic(id), (message) => received.push(message));
    release();
    expect((await answer).status).toBe(200);
    await waitFor(() => received.at(-1)?.progress === content.length, { what: 'the end of the progress' });
    unsubscribe();
    const steps = received.map(({ progress }) => progress as number);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps.length).toBeGreaterThan(2);
    expect(received[0].fileId).toBe(id);
    expect((await files.info(id)).readyState).toBe(2);
  });
});
