import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { encode as encodeBmp } from 'bmp-ts';
import sharp from 'sharp';
import { ClientApi, type Person } from '../../support/client-api.js';
import { runSql, type TestDatabase } from '../../support/databases.js';
import { createMigratedDatabase } from '../../support/migrated-database.js';
import { type ParleyProcess, startParley } from '../../support/parley-process.js';
import { waitFor } from '../../support/wait-for.js';
import { filesIn, FORM_TYPE, formBody, type Part } from './files-caller.js';
import { makePdf } from './images.js';

/** Runs the build, since a separate program generates the previews. */
let parley: ParleyProcess;
let database: TestDatabase;
let folder: string;
let person: Person;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-previews-'));
  database = await createMigratedDatabase('previews');
  const env = { ROLES: 'api,worker', FILES_DIR: folder };
  parley = await startParley({ role: 'api', databaseUrl: database.url, env });
  person = await new ClientApi(parley.url).logIn('Mia');
}, 60_000);

afterAll(async () => {
  await parley.program.kill();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

interface PreviewRow {
  path: string | null;
  size: number | null;
  width: number;
  height: number;
  isDone: boolean;
}

/** @returns the ids of the files, in the order of the parts */
async function upload(parts: readonly Part[]): Promise<string[]> {
  const headers = { cookie: person.cookie, 'content-type': FORM_TYPE };
  const body = formBody(parts) as Uint8Array<ArrayBuffer>;
  const response = await fetch(`${parley.url}/v1/client-api/files`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(await response.text());
  return ((await response.json()) as { id: string }[]).map(({ id }) => id);
}

/** @returns the preview columns of a file, once its job is done */
function previewOf(id: string): Promise<PreviewRow> {
  const query = `SELECT preview_path AS path, preview_size_bytes::int AS size, preview_width AS width, preview_height AS height,
                        NOT EXISTS (SELECT 1 FROM preview_jobs WHERE file_id = id) AS "isDone"
                 FROM files WHERE id = '${id}'`;
  const look = async () => {
    const [row] = await runSql<PreviewRow>(database.url, query);
    return row?.isDone ? row : undefined;
  };
  return waitFor(look, { what: `the preview of ${id}`, timeoutMs: 25_000 });
}

const photo = (width = 1200, height = 800) =>
  sharp({ create: { width, height, channels: 3, background: '#c04000' } }).withExif({
    IFD0: { Copyright: 'someone-else' },
    IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
  });
const bmp = (width: number, height: number) =>
  encodeBmp({ data: Buffer.alloc(width * height * 4, 0x80), width, height, bitPP: 24 }).data;

const FORMATS: readonly [name: string, make: () => Promise<Buffer> | Buffer, size: [number, number]][] = [
  ['a.jpg', () => photo().jpeg().toBuffer(), [512, 341]],
  ['a.jpeg', () => photo(600, 900).jpeg().toBuffer(), [341, 512]],
  ['a.png', () => photo().png().toBuffer(), [512, 341]],
  ['a.webp', () => photo(100, 50).webp().toBuffer(), [100, 50]],
  ['a.gif', () => photo().gif().toBuffer(), [512, 341]],
  ['a.tiff', () => photo().tiff().toBuffer(), [512, 341]],
  ['a.bmp', () => bmp(600, 300), [512, 256]],
  ['a.pdf', () => makePdf(), [512, 341]],
];

const HOPELESS: readonly [what: string, name: string, make: () => Buffer][] = [
  ['a bitmap of 2 billion pixels', 'a.bmp', () => bombs.bmp()],
  ['a TIFF of 3.6 billion pixels', 'a.tiff', () => bombs.tiff()],
  ['a PDF that cannot be read', 'a.pdf', () => Buffer.from('%PDF-1.7\nnothing of it is true')],
  ['a TIFF that is cut off', 'a.tif', () => Buffer.from('II*\0\x08\0\0\0', 'latin1')],
];

describe('a preview', () => {
  let ids: string[];
  let hopelessIds: string[];

  beforeAll(async () => {
    const make = async (name: string, content: Promise<Buffer> | Buffer) => ({ name, content: await content });
    ids = await upload(await Promise.all(FORMATS.map(([name, content]) => make(name, content()))));
    hopelessIds = await upload(await Promise.all(HOPELESS.map(([, name, content]) => make(name, content()))));
  });

  it.each(FORMATS.map(([name, , size], index) => [name, size, index] as const))(
    'is made of %s',
    async (_name, [width, height], index) => {
      const { path, size, ...measures } = await previewOf(ids[index]);
      expect(measures).toMatchObject({ width, height });
      const response = await fetch(`${parley.url}/${path}`);
      expect(response.headers.get('content-type')).toBe('image/webp');
      expect(response.headers.get('content-disposition')).toContain('inline');
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(bytes.length).toBe(size);
      const facts = await sharp(bytes).metadata();
      expect(facts).toMatchObject({ format: 'webp', width, height });
      expect([facts.exif, facts.icc, facts.xmp, facts.iptc]).toEqual([undefined, undefined, undefined, undefined]);
    },
  );

  it('applies the EXIF orientation', async () => {
    const held = await photo(400, 200).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await previewOf((await upload([{ name: 'a.jpg', content: held }]))[0])).toMatchObject({
      width: 200,
      height: 400,
    });
  });

  it('renders the first page of a PDF on white', async () => {
    const { path } = await previewOf(ids[FORMATS.findIndex(([name]) => name === 'a.pdf')]);
    const bytes = Buffer.from(await (await fetch(`${parley.url}/${path}`)).arrayBuffer());
    const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 3).subarray(0, 3)];
    const [red, green, blue] = at(100, 250);
    expect(red).toBeGreaterThan(200);
    expect(Math.max(green, blue)).toBeLessThan(60);
    expect(Math.min(...at(500, 10))).toBeGreaterThan(240);
  });

  it.each(HOPELESS.map(([what], index) => [what, index] as const))('is not generated for %s', async (_what, index) => {
    expect(await previewOf(hopelessIds[index])).toMatchObject({ path: null, size: null });
  });

  it('that fails leaves no files', async () => {
    await Promise.all([...ids, ...hopelessIds].map(previewOf));
    const stored = (await filesIn(folder)).filter((path) => path.startsWith('static/previews/'));
    const known = await runSql<{ path: string }>(
      database.url,
      'SELECT preview_path AS path FROM files WHERE preview_path IS NOT NULL',
    );
    expect(stored).toEqual(known.map(({ path }) => path).sort());
    await waitFor(async () => !(await filesIn(folder)).some((path) => path.startsWith('tmp')), {
      what: 'nothing to be on its way',
    });
  });
});

it('kills the preview process when it exceeds its memory limit while busy', async () => {
  const watchdog = resolve('dist/modules/files/worker/preview-watchdog.js');
  const greedy = `require(${JSON.stringify(watchdog)}).startWatchdog();
                  setTimeout(() => { const kept = []; for (;;) kept.push(Buffer.alloc(4e6, 1)); }, 100)`;
  const { status, signal } = spawnSync(process.execPath, ['-e', greedy]);
  expect({ status, signal }).toEqual({ status: null, signal: 'SIGKILL' });
});

const bombs = {
  bmp(): Buffer {
    const bytes = bmp(4, 4);
    bytes.writeInt32LE(50_000, 18);
    bytes.writeInt32LE(40_000, 22);
    return bytes;
  },
  /** One strip of 60,000 by 60,000 pixels, none of which are there. */
  tiff(): Buffer {
    const tags: [tag: number, type: number, value: number][] = [
      [256, 4, 60_000],
      [257, 4, 60_000],
      [258, 3, 8],
      [259, 3, 1],
      [262, 3, 1],
      [273, 4, 8],
      [277, 3, 1],
      [278, 4, 60_000],
      [279, 4, 4],
    ];
    const bytes = Buffer.alloc(10 + tags.length * 12 + 4);
    bytes.write('II*\0\x08\0\0\0', 'latin1');
    bytes.writeUInt16LE(tags.length, 8);
    tags.forEach(([tag, type, value], index) => {
      const at = 10 + index * 12;
      bytes.writeUInt16LE(tag, at);
      bytes.writeUInt16LE(type, at + 2);
      bytes.writeUInt32LE(1, at + 4);
      bytes.writeUInt32LE(value, at + 8);
    });
    return bytes;
  },
};

it('are not readable by other accounts of the machine, like the files', async () => {
  const [id] = await upload([{ name: 'a.pdf', type: 'application/pdf', content: makePdf() }]);
  const { path } = await previewOf(id);
  for (let at = join(folder, path!); at.length >= folder.length; at = dirname(at)) {
    expect([at, (await stat(at)).mode & 0o077]).toEqual([at, 0]);
  }
});
