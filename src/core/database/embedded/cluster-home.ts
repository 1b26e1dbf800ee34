import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  realpath,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canEnter, type AccountIds, type PostgresAccount } from './postgres-account.js';

/** Rights of folders: for their owner alone, or with a way through for the account that owns what is below. */
const PRIVATE = 0o700;
const PASSABLE = 0o711;

/** A cluster's files, all in one folder. */
export interface ClusterHome {
  readonly folder: string;
  /** PostgreSQL's own data folder. */
  readonly cluster: string;
  readonly passwordFile: string;
  /** The port last used, to be used again if it is free: people note addresses down. */
  readonly portFile: string;
  readonly serverLog: string;
}

/** @returns who owns the cluster of the data folder, or nothing when there is none yet */
export async function clusterOwner(dataDir: string): Promise<AccountIds | undefined> {
  const cluster = await stat(join(dataDir, 'cluster')).catch(ignoreMissing);
  return cluster && { uid: cluster.uid, gid: cluster.gid };
}

/** @returns the major version that made the cluster, or nothing when there is no cluster yet */
export async function clusterMajor(home: ClusterHome): Promise<number | undefined> {
  const version = await readFile(join(home.cluster, 'PG_VERSION'), 'utf8').catch(ignoreMissing);
  return version === undefined ? undefined : Number.parseInt(version, 10);
}

/**
 * Finds the folder for the cluster: the data folder, if the account can reach it. If it cannot, as in a checkout below
 * `/root`, a new folder in `relocateTo`, and `cluster` in the data folder is a link to it.
 *
 * @throws Error telling what to do, when there is a cluster that cannot be reached or that another data folder uses
 */
export async function settleHome(
  dataDir: string,
  relocateTo: string,
  account: PostgresAccount,
  log: (line: string) => void,
): Promise<ClusterHome> {
  await mkdir(dataDir, { recursive: true, mode: account.ids ? PASSABLE : PRIVATE });
  const folder = await realpath(dataDir);
  const relocated = await relocatedFolder(folder);
  if (relocated) return homeIn(relocated);
  if (await canEnter(account, folder)) return homeIn(folder);
  if (await clusterOwner(folder)) {
    throw new Error(
      `PostgreSQL runs as ${account.name}, who is not allowed to reach its data in ${folder}. Let others enter ` +
        'that folder and those above it (chmod o+x), run Parley as an ordinary user who owns the data, or set DATABASE_URL.',
    );
  }
  const home = homeIn(await relocate(folder, relocateTo));
  log(`PostgreSQL runs as ${account.name}, who cannot reach ${folder}: its data are kept in ${home.folder}`);
  return home;
}

/** Hands a file or folder that root has just made to the account. */
export async function giveTo(account: PostgresAccount, path: string): Promise<void> {
  if (account.ids) await chown(path, account.ids.uid, account.ids.gid);
}

/** Makes a folder that anybody may enter, whatever the caller's umask; one that is there already is left as it is. */
export async function makeOpenFolder(folder: string): Promise<void> {
  if (await mkdir(folder, { recursive: true })) await chmod(folder, 0o755);
}

const homeIn = (folder: string): ClusterHome => ({
  folder,
  cluster: join(folder, 'cluster'),
  passwordFile: join(folder, 'password'),
  portFile: join(folder, 'port'),
  serverLog: join(folder, 'server.log'),
});

async function relocate(dataDir: string, relocateTo: string): Promise<string> {
  await makeOpenFolder(relocateTo);
  const folder = await mkdtemp(join(relocateTo, 'data-'));
  await chmod(folder, PASSABLE);
  await writeFile(join(folder, 'used-by'), dataDir);
  await symlink(join(folder, 'cluster'), join(dataDir, 'cluster'));
  return folder;
}

/** The link is believed after the data folder was moved, but not after it was copied: two would share one cluster. */
async function relocatedFolder(dataDir: string): Promise<string | undefined> {
  const target = await linkTarget(dataDir);
  if (!target) return undefined;
  const link = join(dataDir, 'cluster');
  const folder = await realpath(dirname(target)).catch(() => {
    throw new Error(
      `${link} is a link to ${target}, which is gone. Restore it, or remove the link to begin without data.`,
    );
  });
  const note = join(folder, 'used-by');
  const user = await readFile(note, 'utf8').catch(ignoreMissing);
  if (user !== dataDir) {
    if (user && (await linkTarget(user)) === target) {
      throw new Error(
        `${link} is a link to data that ${user} uses. Remove the link to begin without data, or set DATABASE_URL.`,
      );
    }
    await writeFile(note, dataDir);
  }
  return folder;
}

async function linkTarget(dataDir: string): Promise<string | undefined> {
  const link = join(dataDir, 'cluster');
  const entry = await lstat(link).catch(ignoreMissing);
  return entry?.isSymbolicLink() ? readlink(link) : undefined;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
