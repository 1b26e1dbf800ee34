import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restrictDataFolders } from '../../src/app/prepare.js';
import { fillSecrets } from '../../src/core/config/secrets.js';
import { restrictFolder } from '../../src/core/filesystem/private-files.js';
import { RecordingProvider } from '../../src/modules/ai/providers/recordings.js';
import type { ModelEvent, WireRequest } from '../../src/modules/ai/providers/model.types.js';
import { ClientApi } from '../support/client-api.js';
import { startApp } from '../support/app.js';
import { testSettings } from '../support/settings.js';
import { formBody, FORM_TYPE } from '../e2e/files/files-caller.js';
import { makePng } from '../e2e/files/images.js';

const OTHERS = 0o077;

let folder: string;
let umask: number;

beforeEach(async () => {
  umask = process.umask(0o022);
  folder = await mkdtemp(join(tmpdir(), 'parley-rights-'));
});

afterEach(async () => {
  process.umask(umask);
  await rm(folder, { recursive: true, force: true });
});

const rightsOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

/** Paths below the folder to which other accounts have any access. */
async function openToOthers(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  const modes = await Promise.all(paths.map(async (path) => (await stat(path)).mode));
  return paths.filter((_, index) => modes[index] & OTHERS);
}

it('denies other accounts access to uploads', async () => {
  const running = await startApp({ DATA_DIR: folder, FILES_DIR: join(folder, 'files') });
  try {
    const { cookie } = await new ClientApi(running.url).logIn('alice');
    const response = await fetch(`${running.url}/v1/client-api/files`, {
      method: 'POST',
      headers: { cookie, 'content-type': FORM_TYPE },
      body: new Uint8Array(formBody([{ name: 'a.png', content: makePng() }])),
    });
    expect(response.status).toBe(200);
    expect(await readdir(join(folder, 'files', 'static'))).toEqual(['images']);
    expect(await openToOthers()).toEqual([]);
  } finally {
    await running.close();
  }
});

it('denies other accounts access to the secrets and their new folder', async () => {
  await fillSecrets({}, join(folder, 'data'));
  expect(await readdir(join(folder, 'data'))).toEqual(['secrets.json']);
  expect(await openToOthers()).toEqual([]);
});

it('denies other accounts access to recordings of models', async () => {
  const recorded: ModelEvent = { type: 'finished', reason: 'stop' };
  const inner = {
    async *stream(): AsyncGenerator<ModelEvent> {
      yield await Promise.resolve(recorded);
    },
  };
  const provider = new RecordingProvider(inner, join(folder, 'recordings'));
  const request = { body: { model: 'any' } } as unknown as WireRequest;
  for await (const event of provider.stream(request, new AbortController().signal)) expect(event).toBe(recorded);
  expect(await readdir(join(folder, 'recordings'))).toHaveLength(1);
  expect(await openToOthers()).toEqual([]);
});

it('revokes the access of others to existing folders at startup', async () => {
  const settings = testSettings({ DATA_DIR: join(folder, 'data') });
  for (const name of ['files', 'ai-recordings']) await mkdir(join(folder, 'data', name), { recursive: true });
  await writeFile(join(folder, 'data', 'files', 'old.png'), 'old');
  const lines: string[] = [];
  await restrictDataFolders(settings, (line) => lines.push(line));
  expect(lines).toEqual([]);
  // As root, PostgreSQL runs as another account, which needs to pass through.
  expect(await rightsOf(settings.DATA_DIR)).toBe(process.getuid!() === 0 ? '711' : '700');
  expect([await rightsOf(settings.filesDir), await rightsOf(settings.aiRecordingsDir)]).toEqual(['700', '700']);
});

it('keeps the mode of a shared folder and of a more restricted one', async () => {
  await chmod(folder, 0o1777);
  expect(await restrictFolder(folder, 0o700)).toBe(false);
  expect((await stat(folder)).mode & 0o7777).toBe(0o1777);
  await chmod(folder, 0o500);
  expect(await restrictFolder(folder, 0o711)).toBe(true);
  expect(await rightsOf(folder)).toBe('500');
  await chmod(folder, 0o700);
  expect(await restrictFolder(join(folder, 'missing'), 0o700)).toBe(true);
});
