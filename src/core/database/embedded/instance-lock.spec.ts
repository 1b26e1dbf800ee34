import { createHash } from 'node:crypto';
import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileFolder } from '../../../../test/support/compile-folder.js';
import { spawnNode, type RunningProgram } from '../../../../test/support/processes.js';
import { acquireInstanceLock, type InstanceLock } from './instance-lock.js';

describe('acquireInstanceLock', () => {
  let folder: string;
  let held: InstanceLock[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-lock-'));
    held = [];
  });

  afterEach(async () => {
    await Promise.all(held.map((lock) => lock.release()));
    await rm(folder, { recursive: true, force: true });
  });

  async function acquire(dataDir = folder): Promise<void> {
    held.push(await acquireInstanceLock(dataDir));
  }

  /** Acquires the lock in a separate process. */
  async function acquireElsewhere(dataDir: string): Promise<RunningProgram> {
    await compileFolder(__dirname, join(folder, 'compiled'));
    const script = join(folder, 'hold.js');
    await writeFile(
      script,
      `require('./compiled/instance-lock.js')
         .acquireInstanceLock(process.argv[2])
         .then(() => console.log('held'), (error) => console.log(error.message));
       setInterval(() => {}, 1000);`,
    );
    const holder = spawnNode(script, [dataDir]);
    await holder.waitUntilReady(/held/);
    return holder;
  }

  it('rejects a second holder with the folder and instructions', async () => {
    await acquire();
    const refusal = await acquireInstanceLock(folder).catch((error: Error) => error.message);
    expect(refusal).toContain(folder);
    expect(refusal).toMatch(/DATA_DIR.*PORT.*DATABASE_URL/);
  });

  it('is free again after a release', async () => {
    await (await acquireInstanceLock(folder)).release();
    await acquire();
    expect(await readdir(join(folder, 'lock'))).toHaveLength(1);
  });

  it('is held while another process lives, and is free once that is killed', async () => {
    const holder = await acquireElsewhere(folder);
    await expect(acquireInstanceLock(folder)).rejects.toThrow('Another Parley');
    await holder.kill('SIGKILL');
    await acquire();
  });

  it('grants the lock to one of many concurrent instances', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => acquire()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
  });

  it('works where the path is too long for a socket', async () => {
    const deep = join(folder, 'x'.repeat(120));
    await acquire(deep);
    await expect(acquireInstanceLock(deep)).rejects.toThrow('Another Parley');
    const elsewhere = createHash('sha256')
      .update(await realpath(deep))
      .digest('hex')
      .slice(0, 16);
    await rm(join(tmpdir(), `parley-${elsewhere}`), { recursive: true });
  });
});
