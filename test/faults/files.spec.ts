import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { filesIn, FORM_TYPE, formBody, type Part, partHead, type UploadedFile } from '../e2e/files/files-caller.js';
import { makeMp4 } from '../e2e/files/images.js';
import { ClientApi, type Person } from '../support/client-api.js';
import { runSql, type TestDatabase } from '../support/databases.js';
import { createMigratedDatabase } from '../support/migrated-database.js';
import { type ParleyProcess, startParley } from '../support/parley-process.js';
import { waitFor } from '../support/wait-for.js';

const MEBIBYTE = 1_048_576;

let parley: ParleyProcess;
let database: TestDatabase;
let folder: string;
let person: Person;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-files-'));
  database = await createMigratedDatabase('files');
  parley = await start();
  person = await new ClientApi(parley.url).logIn('Mia');
}, 60_000);

afterAll(async () => {
  await parley.program.kill();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const start = () =>
  startParley({ role: 'api', databaseUrl: database.url, env: { ROLES: 'api,worker', FILES_DIR: folder } });

/** Kills the process with SIGKILL and starts a new one on the same data. */
async function restart(): Promise<void> {
  await parley.program.kill('SIGKILL');
  parley = await start();
}

const sql = <Row extends object>(query: string) => runSql<Row>(database.url, query);
const temps = async () => (await filesIn(folder)).filter((path) => path.startsWith('tmp'));
const cookie = () => ({ cookie: person.cookie });

async function upload(...parts: Part[]): Promise<UploadedFile[]> {
  const body = formBody(parts) as Uint8Array<ArrayBuffer>;
  const headers = { ...cookie(), 'content-type': FORM_TYPE };
  const response = await fetch(`${parley.url}/v1/client-api/files`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as UploadedFile[];
}

/** Starts an upload of 5 MB, and stops after the first 500 kB. */
function beginUpload(path: string, headers: Record<string, string>): Socket {
  const { port, hostname } = new URL(parley.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const all = { host: 'x', 'content-type': FORM_TYPE, 'content-length': '5000000', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${partHead({ name: 'a.bin' })}`);
  socket.write(Buffer.alloc(500_000));
  return socket;
}

describe('kill -9 during two uploads and a preview', () => {
  let previewed: UploadedFile;

  beforeAll(async () => {
    const hash = createHash('sha256').update('task').digest('hex');
    await sql(`INSERT INTO upload_tasks VALUES ('\\x${hash}', 'bot', 'a.bin', 4999000, now() + interval '1 minute')`);
    const sockets = [
      beginUpload('/v1/client-api/files', cookie()),
      beginUpload('/bridge/api/client/v1/files', { 'upload-task-id': 'task' }),
    ];
    await waitFor(async () => (await temps()).length === 2, { what: 'both partial files' });
    expect(await sql(`SELECT state FROM files WHERE owner_id = 'bot'`)).toEqual([{ state: 'uploading' }]);
    const content = await sharp({ create: { width: 6000, height: 6000, channels: 3, background: 'green' } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    [previewed] = (await upload({ name: 'large.png', type: 'image/png', content })) as [UploadedFile];
    await waitFor(async () => (await sql('SELECT 1 FROM preview_jobs WHERE claimed_by IS NOT NULL')).length === 1, {
      what: 'the start of the preview',
    });
    await restart();
    for (const socket of sockets) socket.destroy();
  }, 60_000);

  it('leaves no partial file after the restart', async () => {
    const isRecorded = async (path: string) => (await sql(`SELECT 1 FROM files WHERE path = '${path}'`)).length === 1;
    const stored = (await filesIn(folder)).filter((path) => path.startsWith('static/') && !path.includes('previews'));
    expect(await Promise.all(stored.map(isRecorded))).toEqual(stored.map(() => true));
    await waitFor(async () => (await temps()).length <= 2, { what: 'only the new preview in progress' });
  });

  it('removes the row and the used quota of an interrupted upload', async () => {
    await waitFor(async () => (await sql(`SELECT id FROM files WHERE owner_id = 'bot'`)).length === 0, {
      what: 'the row to be removed',
      timeoutMs: 10_000,
    });
    expect(await sql(`SELECT used_bytes::int AS used FROM file_quotas WHERE owner_id = 'bot'`)).toEqual([{ used: 0 }]);
  });

  it('generates the interrupted preview', async () => {
    const isGenerated = async () =>
      (await sql(`SELECT 1 FROM files WHERE id = '${previewed.id}' AND preview_size_bytes IS NOT NULL`)).length === 1;
    await waitFor(isGenerated, { what: 'the preview', timeoutMs: 20_000 });
    expect(await sql('SELECT 1 FROM preview_jobs')).toEqual([]);
  });

  it('leaves storage and rows consistent', async () => {
    await waitFor(async () => (await temps()).length === 0, { what: 'no files in progress' });
    const rows = await sql<{ path: string; previewPath: string }>(
      'SELECT path, preview_path AS "previewPath" FROM files',
    );
    expect(await filesIn(folder)).toEqual(rows.flatMap(({ path, previewPath }) => [path, previewPath]).sort());
    expect(await sql(`SELECT id FROM files WHERE state <> 'ready'`)).toEqual([]);
  });
});

const status = () => `/proc/${parley.program.pid}/status`;

/** @returns bytes of resident memory: the current value, or the peak since its last reset */
async function memory(which: 'VmRSS' | 'VmHWM'): Promise<number> {
  const [, kibibytes] = new RegExp(`${which}:\\s+(\\d+) kB`).exec(await readFile(status(), 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

const onLinux = existsSync('/proc/self/clear_refs') ? it : it.skip;

onLinux('uploads and downloads 25 MiB with less than 30 MB of additional memory', async () => {
  const film = makeMp4(25 * MEBIBYTE);
  randomBytes(MEBIBYTE).copy(film, 100);
  for (let i = 0; i < 3; i++) await upload({ name: 'warm.mp4', content: makeMp4(8 * MEBIBYTE) });

  const before = await memory('VmRSS');
  await writeFile(`/proc/${parley.program.pid}/clear_refs`, '5');
  const [{ path }] = (await upload({ name: 'film.mp4', type: 'video/mp4', content: film })) as [UploadedFile];
  const afterUpload = await memory('VmHWM');
  const response = await fetch(`${parley.url}/${path}`);
  const hash = createHash('sha256');
  for await (const chunk of response.body!) hash.update(chunk);
  expect(hash.digest('hex')).toBe(createHash('sha256').update(film).digest('hex'));

  const growth = [afterUpload - before, (await memory('VmHWM')) - before].map((bytes) => bytes / 1_000_000);
  process.stdout.write(`Memory: upload ${growth[0].toFixed(1)} MB, with download ${growth[1].toFixed(1)} MB\n`);
  expect(Math.max(...growth)).toBeLessThan(30);
});
