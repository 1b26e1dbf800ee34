import { FileRemover } from '../../../src/modules/files/file-remover.js';
import { FileStorage } from '../../../src/modules/files/storage/file-storage.js';
import { MessageEditor } from '../../../src/modules/messages/index.js';
import { SYSTEM_ACTOR } from '../../../src/modules/auth/index.js';
import { deletionRunner } from '../../support/deletions.js';
import type { TestBot, TestPerson } from '../client/client-caller.js';
import { type FilesApp, formBody, type UploadedFile } from './files-caller.js';
import { makePng } from './images.js';
import { STORAGES } from './storages.js';

describe.each(STORAGES)('the cleaning, kept %s', (_, start) => {
  let app: FilesApp;
  let alice: TestPerson;
  let bot: TestBot;
  let clean: () => Promise<number>;

  beforeAll(async () => {
    app = await start();
    alice = await app.signUp();
    bot = await app.createBot();
    clean = async () => {
      await deletionRunner(app.app).run();
      return app.app.get(FileRemover).clean();
    };
  });

  afterAll(() => app.close());

  afterEach(async () => {
    await app.sql(`UPDATE files SET keep_until = now() - interval '1 second', chat_id = NULL`);
    await app.sql('DELETE FROM file_uses');
    await clean();
    expect(await state()).toEqual({ rows: [], stored: [] });
    expect(await app.sql('SELECT 1 FROM file_quotas WHERE used_bytes <> 0')).toEqual([]);
  });

  async function upload(): Promise<UploadedFile> {
    const body = formBody([{ name: 'a.png', type: 'image/png', content: makePng() }]);
    return (await app.upload('/v1/client-api/files', { cookie: alice.cookie }, body)).body[0] as UploadedFile;
  }

  /** Rows and stored files, which must match. */
  async function state() {
    const rows = await app.sql<{ path: string }>('SELECT path FROM files ORDER BY path');
    return { rows: rows.map(({ path }) => path), stored: await app.onDisk() };
  }

  const aDayLater = () => app.sql(`UPDATE files SET keep_until = keep_until - interval '1 day'`);
  const createChat = async () => (await alice.post('/chat', { botId: bot.id })).body.id as string;
  const attach = async (chatId: string, ...files: UploadedFile[]) => {
    const attachmentIds = files.map(({ id }) => id);
    return (await alice.post('/chat/message', { chatId, body: 'see', attachmentIds })).body.id as string;
  };
  const both = (...files: UploadedFile[]) => {
    const paths = files.map(({ path }) => path).toSorted();
    return { rows: paths, stored: paths };
  };

  it('deletes unused files after a day', async () => {
    const unused = await upload();
    const used = await upload();
    await attach(await createChat(), used);
    expect(await clean()).toBe(0);
    expect(await state()).toEqual(both(unused, used));

    await aDayLater();
    expect(await clean()).toBe(1);
    expect(await state()).toEqual(both(used));
    expect((await fetch(`${app.url}/${unused.path}`)).status).toBe(404);
    expect((await fetch(`${app.url}/${used.path}`)).status).toBe(200);
    expect(await app.sql('SELECT used_bytes::int AS used FROM file_quotas')).toEqual([{ used: used.size }]);
  });

  it('deletes the files of a deleted chat unless another chat uses them', async () => {
    const [alone, shared] = [await upload(), await upload()];
    const [first, second] = [await createChat(), await createChat()];
    await attach(first, alone, shared);
    await attach(second, shared);
    await alice.delete(`/chat/${first}`);
    expect(await clean()).toBe(1);
    expect(await state()).toEqual(both(shared));

    await alice.delete(`/chat/${second}`);
    expect(await clean()).toBe(1);
    expect(await state()).toEqual(both());
  });

  it('deletes the files of a deleted message unless another message uses them', async () => {
    const [alone, shared] = [await upload(), await upload()];
    const chatId = await createChat();
    const first = await attach(chatId, alone, shared);
    const second = await attach(chatId, shared);
    const editor = app.app.get(MessageEditor);
    await editor.delete(SYSTEM_ACTOR, first);
    expect(await clean()).toBe(1);
    expect(await state()).toEqual(both(shared));

    await editor.delete(SYSTEM_ACTOR, second);
    expect(await clean()).toBe(1);
    expect(await state()).toEqual(both());
  });

  it('completes a removal and cleans up an upload interrupted by a crash', async () => {
    const [hidden, halfGone, abandoned, fine] = [await upload(), await upload(), await upload(), await upload()];
    await app.sql(
      `UPDATE files SET state = 'removing', keep_until = now() WHERE id IN ('${hidden.id}', '${halfGone.id}')`,
    );
    await app.sql(`UPDATE files SET state = 'uploading', keep_until = now() WHERE id = '${abandoned.id}'`);
    await app.app.get(FileStorage).delete(halfGone.path);
    for (const { path } of [hidden, abandoned]) expect((await fetch(`${app.url}/${path}`)).status).toBe(404);
    expect(await clean()).toBe(3);
    expect(await state()).toEqual(both(fine));
  });

  it('keeps the row while the bytes cannot be deleted', async () => {
    const { id, path } = await upload();
    await aDayLater();
    const storage = app.app.get(FileStorage);
    const refuse = jest.spyOn(storage, 'delete').mockRejectedValue(new Error('out of order'));
    await expect(clean()).rejects.toThrow('out of order');
    expect(await app.sql('SELECT id, state FROM files')).toEqual([{ id, state: 'removing' }]);
    refuse.mockRestore();
    expect(await clean()).toBe(1);
    expect(await app.onDisk()).not.toContain(path);
  });

  it('does not delete a file whose preview is being generated', async () => {
    const { id } = await upload();
    await aDayLater();
    await app.sql(`UPDATE preview_jobs SET claimed_by = 'someone-else', due_at = now() + interval '1 minute'`);
    expect(await clean()).toBe(0);
    await app.sql(`UPDATE preview_jobs SET due_at = now() - interval '1 second' WHERE file_id = '${id}'`);
    expect(await clean()).toBe(1);
  });

  it('rejects messages that attach a file in removal', async () => {
    const file = await upload();
    await app.sql(`UPDATE files SET state = 'removing', keep_until = now()`);
    const chatId = await createChat();
    await attach(chatId, file);
    const page = await alice.get(`/chat/${chatId}/messages`);
    expect(page.body.messages[0].attachments).toBeUndefined();
    expect(await clean()).toBe(1);
  });
});
