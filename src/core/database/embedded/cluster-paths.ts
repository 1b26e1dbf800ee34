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

/** Permissions of folders: for the owner only, or traversable for the account that owns the files below. */
const PRIVATE = 0o700;
const TRAVERSABLE = 0o711;

/** The files of a cluster, in one folder. */
export interface ClusterPaths {
  readonly folder: string;
  /** PostgreSQL's own data folder. */
  readonly cluster: string;
  readonly passwordFile: string;
  /** The last used port, which is reused if it is free, so that the URL stays the same. */
  readonly portFile: string;
  readonly serverLog: string;
}

/** @returns the owner of the cluster of the data folder; undefined if there is none yet */
export async function clusterOwner(dataDir: string): Promise<AccountIds | undefined> {
  const cluster = await stat(join(dataDir, 'cluster')).catch(ignoreMissing);
  return cluster && { uid: cluster.uid, gid: cluster.gid };
}

/** @returns the major version of the cluster; undefined if there is none yet */
export async function clusterMajor(home: ClusterPaths): Promise<number | undefined> {
  const version = await readFile(join(home.cluster, 'PG_VERSION'), 'utf8').catch(ignoreMissing);
  return version === undefined ? undefined : Number.parseInt(version, 10);
}

/**
 * Selects the folder for the cluster: the data folder, if the account can access it. Otherwise, as in a checkout below
 * `/root`, a new folder in `relocateTo`, and `cluster` in the data folder is a link to it.
 *
 * @throws Error with instructions if the cluster is inaccessible or another data folder uses it
 */
export async function resolveClusterPaths(
  dataDir: string,
  relocateTo: string,
  account: PostgresAccount,
  log: (line: string) => void,
): Promise<ClusterPaths> {
  await mkdir(dataDir, { recursive: true, mode: account.ids ? TRAVERSABLE : PRIVATE });
  const folder = await realpath(dataDir);
  const relocated = await relocatedFolder(folder);
  if (relocated) return homeIn(relocated);
  if (await canEnter(account, folder)) return homeIn(folder);
  if (await clusterOwner(folder)) {
    throw new Error(
      `PostgreSQL runs as ${account.name}, which cannot access its data in ${folder}. Make that folder and its parents ` +
        'traversable (chmod o+x), run Parley as an ordinary user who owns the data, or set DATABASE_URL.',
    );
  }
  const home = homeIn(await relocate(folder, relocateTo));
  log(`PostgreSQL runs as ${account.name}, which cannot access ${folder}; its data are stored in ${home.folder}`);
  return home;
}

/** Makes the account the owner of a file or folder that root has created. */
export async function changeOwner(account: PostgresAccount, path: string): Promise<void> {
  if (account.ids) await chown(path, account.ids.uid, account.ids.gid);
}

/** Creates a folder that all users can access, regardless of the umask; an existing one is left unchanged. */
export async function createTraversableFolder(folder: string): Promise<void> {
  if (await mkdir(folder, { recursive: true })) await chmod(folder, 0o755);
}

const homeIn = (folder: string): ClusterPaths => ({
  folder,
  cluster: join(folder, 'cluster'),
  passwordFile: join(folder, 'password'),
  portFile: join(folder, 'port'),
  serverLog: join(folder, 'server.log'),
});

async function relocate(dataDir: string, relocateTo: string): Promise<string> {
  await createTraversableFolder(relocateTo);
  const folder = await mkdtemp(join(relocateTo, 'data-'));
  await chmod(folder, TRAVERSABLE);
  await writeFile(join(folder, 'used-by'), dataDir);
  await symlink(join(folder, 'cluster'), join(dataDir, 'cluster'));
  return folder;
}

/** The link stays valid after the data folder was moved, but not after it was copied, since two folders would share one cluster. */
async function relocatedFolder(dataDir: string): Promise<string | undefined> {
  const target = await linkTarget(dataDir);
  if (!target) return undefined;
  const link = join(dataDir, 'cluster');
  const folder = await realpath(dirname(target)).catch(() => {
    throw new Error(
      `${link} is a link to ${target}, which does not exist. Restore it, or remove the link to start without data.`,
    );
  });
  const note = join(folder, 'used-by');
  const user = await readFile(note, 'utf8').catch(ignoreMissing);
  if (user !== dataDir) {
    if (user && (await linkTarget(user)) === target) {
      throw new Error(
        `${link} is a link to data that ${user} uses. Remove the link to start without data, or set DATABASE_URL.`,
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
