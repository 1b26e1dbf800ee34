import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { clusterMajor, clusterOwner, type ClusterPaths, resolveClusterPaths } from './cluster-paths.js';
import { createCluster, ROLE } from './create-cluster.js';
import { acquireInstanceLock } from './instance-lock.js';
import { chooseAccount } from './postgres-account.js';
import { findBinaries } from './postgres-binaries.js';
import { cleanUpAfterCrash, type LaunchOptions, launchServer, stopServer } from './postgres-server.js';

export interface EmbeddedPostgresOptions {
  /** The folder of the cluster. */
  readonly dataDir: string;
  /** Receives log lines for the operator. */
  readonly log?: (line: string) => void;
  /** PostgreSQL settings that differ from {@link DEFAULT_SETTINGS}, such as `fsync: 'off'` for a test. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called when the server process is started but not yet ready. */
  readonly onLaunched?: () => void;
  /** Folder for data and programs that the unprivileged account of root cannot access elsewhere. */
  readonly relocateTo?: string;
}

export interface EmbeddedPostgres {
  /** `postgres://parley:<password>@127.0.0.1:<port>/parley` */
  readonly url: string;
  /** Stops the server and releases the folder. Further calls do nothing. */
  stop(): Promise<void>;
}

type Cluster = Omit<LaunchOptions, 'settings'>;

/** Other settings have PostgreSQL's defaults. A commit is on disk before it is acknowledged. */
const DEFAULT_SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  max_connections: '200',
  shared_buffers: '128MB',
  // JIT pays off for reports over millions of rows, not for short queries.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

const START_TRIES = 10;
/** Another program took the port first, or the last process of a killed server is still running. */
const PASSING_FAULT = /Address already in use|pre-existing shared memory block/;

/**
 * Starts Parley's own PostgreSQL, so that none need be installed. It listens on 127.0.0.1 only and outlives
 * this process unless `stop()` is called: no signal handler is installed here.
 *
 * ```
 * choose account -> choose folder of the cluster -> lock that folder -> find programs of the right version
 *   -> create the cluster if there is none -> stop a server left by a killed Parley -> start -> create the database
 * ```
 *
 * @throws Error with instructions: the folder is in use, no PostgreSQL or only one of another version was found, or the
 *   server did not start (with the end of its log)
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log = () => undefined, onLaunched, settings, relocateTo = '/var/lib/parley' } = options;
  assertPlatform();
  const account = await chooseAccount(await clusterOwner(dataDir), log);
  const home = await resolveClusterPaths(dataDir, relocateTo, account, log);
  const lock = await acquireInstanceLock(home.folder);
  try {
    const binaries = await findBinaries({
      account,
      clusterMajor: await clusterMajor(home),
      copyTo: account.ids ? relocateTo : home.folder,
      log,
    });
    const cluster = { home, binaries, account, onLaunched };
    const server = await run(cluster, { ...DEFAULT_SETTINGS, ...settings }, log);
    const stop = async (): Promise<void> => {
      await stopServer(server.pid, home.cluster);
      await lock.release();
    };
    return { url: server.url, stop: once(stop) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function run(
  cluster: Cluster,
  settings: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Promise<{ pid: number; url: string }> {
  const { home, binaries, account } = cluster;
  if ((await clusterMajor(home)) === undefined) {
    log(`Creating a PostgreSQL ${binaries.version} data folder in ${home.cluster}`);
    await createCluster(home, binaries, account, settings.fsync !== 'off');
  }
  await cleanUpAfterCrash(home.cluster, log);
  const { pid, port } = await launchOnFreePort(cluster, settings);
  try {
    const address = `postgres://${ROLE}:${await readPassword(home)}@127.0.0.1:${port}`;
    await ensureDatabase(address);
    log(`PostgreSQL ${binaries.version} is running on 127.0.0.1:${port} with its data in ${home.cluster}`);
    return { pid, url: `${address}/${ROLE}` };
  } catch (error) {
    await stopServer(pid, home.cluster);
    throw error;
  }
}

async function launchOnFreePort(
  cluster: Cluster,
  settings: Readonly<Record<string, string>>,
): Promise<{ pid: number; port: number }> {
  const { portFile } = cluster.home;
  for (let tries = 1; ; tries++) {
    const port = (await freePort(await lastPort(portFile))) ?? (await freePort(0));
    const reachable = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' };
    try {
      const pid = await launchServer({ ...cluster, settings: { ...settings, ...reachable } });
      await writeFile(portFile, String(port), { mode: 0o600 });
      return { pid, port: port! };
    } catch (error) {
      if (tries === START_TRIES || !PASSING_FAULT.test((error as Error).message)) throw error;
      await sleep(300);
    }
  }
}

/** @returns the stored port; 0, which means any, if there is none */
async function lastPort(portFile: string): Promise<number> {
  const noted = await readFile(portFile, 'utf8').catch(() => '');
  return Number(noted) || 0;
}

/** @returns the wanted port, or any for 0, if it is free */
function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(wanted, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Checked at each start, as the first start may have been interrupted before this step. */
async function ensureDatabase(address: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${address}/postgres` });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [ROLE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${ROLE}`);
  } finally {
    await client.end();
  }
}

async function readPassword(home: ClusterPaths): Promise<string> {
  try {
    return (await readFile(home.passwordFile, 'utf8')).trim();
  } catch (error) {
    throw new Error(
      `Cannot read the password of the embedded PostgreSQL (${(error as Error).message}). Restore that file.`,
      { cause: error },
    );
  }
}

function assertPlatform(): void {
  if (process.platform !== 'win32') return;
  throw new Error(
    'The embedded PostgreSQL runs on Linux and macOS only. Set DATABASE_URL, or run Parley in WSL or a container.',
  );
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
