import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { FilesSettings } from '../files.settings.js';
import { UploadStaging } from './upload-staging.js';

/** No process has this number: it is larger than Linux gives out. */
const NOBODY = 4_999_999;

describe('UploadStaging', () => {
  let folder: string;
  let staging: UploadStaging;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-staging-'));
    staging = new UploadStaging(Object.assign(new FilesSettings(), { FILES_DIR: folder }));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const files = async () => readdir(join(folder, 'tmp', staging.instance)).catch(() => []);
  const inspect = (limitBytes: number) => jest.fn((_head: Buffer) => Promise.resolve({ limitBytes }));

  it('creates the folder on demand', async () => {
    expect(await staging.deadInstances()).toEqual([]);
    await staging.touch();
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes the stream and inspects its head once', async () => {
    const look = inspect(10_000);
    const chunks = [Buffer.alloc(4000, 'a'), Buffer.alloc(4000, 'b')];
    const { sizeBytes, inspection } = await staging.write(Readable.from(chunks), { inspectHead: look });
    expect({ sizeBytes, inspection }).toEqual({ sizeBytes: 8000, inspection: { limitBytes: 10_000 } });
    expect(look.mock.calls.map(([head]) => head.length)).toEqual([4100]);
  });

  it('inspects all of a short file and nothing of an empty one', async () => {
    const look = inspect(10);
    await staging.write(Readable.from([Buffer.from('short')]), { inspectHead: look });
    expect(look.mock.calls.map(([head]) => head.toString())).toEqual(['short']);
    const empty = await staging.write(Readable.from([]), { inspectHead: look });
    expect(empty).toMatchObject({ sizeBytes: 0, inspection: undefined });
  });

  it('counts bytes above the limit without writing them', async () => {
    const chunks = Array.from({ length: 10 }, () => Buffer.alloc(5000));
    const { sizeBytes, tempPath } = await staging.write(Readable.from(chunks), { inspectHead: inspect(12_000) });
    expect(sizeBytes).toBe(50_000);
    const { size } = await import('node:fs/promises').then(({ stat }) => stat(tempPath));
    expect(size).toBe(10_000);
  });

  it.each([
    ['it is refused', Readable.from([Buffer.alloc(5000)]), () => Promise.reject(new Error('no'))],
    ['it breaks off', new Readable({ read() { this.destroy(new Error('no')); } }), inspect(1)], // prettier-ignore
  ])('leaves nothing of a file when %s', async (_title, content, look) => {
    await expect(staging.write(content, { inspectHead: look })).rejects.toThrow('no');
    expect(await files()).toEqual([]);
  });

  it('detects dead processes', async () => {
    const home = staging.instance.split('.').slice(0, -2).join('.');
    const elsewhere = `another-${hostname()}`;
    const silent = new Date(Date.now() - 11 * 60_000);
    const folders: [name: string, touched?: Date][] = [
      [`${home}.${process.pid}.aaaa`],
      [`${home}.${process.ppid}.bbbb`],
      [`${home}.${NOBODY}.cccc`],
      [`${elsewhere}.${NOBODY}.dddd`],
      [`${elsewhere}.1.eeee`, silent],
      [`${home}.${process.pid}.ffff`, silent],
    ];
    for (const [name, touched = new Date()] of folders) {
      const path = join(folder, 'tmp', name);
      await mkdir(path, { recursive: true });
      await writeFile(join(path, 'half'), 'x');
      await utimes(path, touched, touched);
    }
    await staging.newPath();
    const dead = await staging.deadInstances();
    expect(dead.map((name) => name.slice(-4)).sort()).toEqual(['cccc', 'eeee', 'ffff']);
    for (const name of dead) await staging.clear(name);
    expect((await readdir(join(folder, 'tmp'))).length).toBe(4);
  });

  it('deletes its folder at shutdown', async () => {
    await staging.write(Readable.from([Buffer.from('x')]), { inspectHead: inspect(1) });
    await staging.onApplicationShutdown();
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });
});
