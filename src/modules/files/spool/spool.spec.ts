import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Settings } from '../../../core/config/settings.js';
import { Spool } from './spool.js';

/** No process has this number: it is larger than Linux gives out. */
const NOBODY = 4_999_999;

describe('UploadStaging', () => {
  let folder: string;
  let spool: Spool;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-spool-'));
    spool = new Spool(Object.assign(new Settings(), { FILES_DIR: folder }));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const files = async () => readdir(join(folder, 'tmp', spool.instance)).catch(() => []);
  const judge = (limitBytes: number) => jest.fn((_head: Buffer) => Promise.resolve({ limitBytes }));

  it('creates the folder on demand', async () => {
    expect(await spool.deadInstances()).toEqual([]);
    await spool.touch();
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes the stream and inspects its head once', async () => {
    const look = judge(10_000);
    const chunks = [Buffer.alloc(4000, 'a'), Buffer.alloc(4000, 'b')];
    const { sizeBytes, verdict } = await spool.write(Readable.from(chunks), { judge: look });
    expect({ sizeBytes, verdict }).toEqual({ sizeBytes: 8000, verdict: { limitBytes: 10_000 } });
    expect(look.mock.calls.map(([head]) => head.length)).toEqual([4100]);
  });

  it('inspects all of a short file and nothing of an empty one', async () => {
    const look = judge(10);
    await spool.write(Readable.from([Buffer.from('short')]), { judge: look });
    expect(look.mock.calls.map(([head]) => head.toString())).toEqual(['short']);
    const empty = await spool.write(Readable.from([]), { judge: look });
    expect(empty).toMatchObject({ sizeBytes: 0, verdict: undefined });
  });

  it('counts bytes above the limit without writing them', async () => {
    const chunks = Array.from({ length: 10 }, () => Buffer.alloc(5000));
    const { sizeBytes, tempPath } = await spool.write(Readable.from(chunks), { judge: judge(12_000) });
    expect(sizeBytes).toBe(50_000);
    const { size } = await import('node:fs/promises').then(({ stat }) => stat(tempPath));
    expect(size).toBe(10_000);
  });

  it.each([
    ['it is refused', Readable.from([Buffer.alloc(5000)]), () => Promise.reject(new Error('no'))],
    ['it breaks off', new Readable({ read() { this.destroy(new Error('no')); } }), judge(1)], // prettier-ignore
  ])('leaves nothing of a file when %s', async (_title, content, look) => {
    await expect(spool.write(content, { judge: look })).rejects.toThrow('no');
    expect(await files()).toEqual([]);
  });

  it('detects dead processes', async () => {
    const home = spool.instance.split('.').slice(0, -2).join('.');
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
    await spool.newPath();
    const dead = await spool.deadInstances();
    expect(dead.map((name) => name.slice(-4)).sort()).toEqual(['cccc', 'eeee', 'ffff']);
    for (const name of dead) await spool.clear(name);
    expect((await readdir(join(folder, 'tmp'))).length).toBe(4);
  });

  it('deletes its folder at shutdown', async () => {
    await spool.write(Readable.from([Buffer.from('x')]), { judge: judge(1) });
    await spool.onApplicationShutdown();
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });
});
