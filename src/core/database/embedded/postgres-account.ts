import { spawn } from 'node:child_process';

/** The operating system user of PostgreSQL's programs. Without ids it is the user of Parley. */
export interface PostgresAccount {
  readonly name: string;
  readonly ids?: AccountIds;
}

export interface AccountIds {
  readonly uid: number;
  readonly gid: number;
}

export interface ProgramResult {
  readonly succeeded: boolean;
  /** The output of both streams. */
  readonly output: string;
}

/** The user that is created if there is no `postgres` user. */
const OWN_USER = 'parley';

/** Excludes the caller's environment: PGDATA, PGPORT or a locale must not affect PostgreSQL. */
export const POSTGRES_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Chooses the user of PostgreSQL, which refuses to run as root: for root, the owner of the cluster, else the user
 * `postgres`, else a new user, else `nobody`. Other users run it as themselves.
 *
 * @param owner of the cluster, if there is one
 * @throws Error if another user owns the cluster, or root may not change users here
 */
export async function chooseAccount(
  owner: AccountIds | undefined,
  log: (line: string) => void,
): Promise<PostgresAccount> {
  const self = process.geteuid?.();
  if (self !== 0) {
    if (owner && owner.uid !== self) {
      throw new Error(
        `The embedded PostgreSQL's data belong to the user with id ${owner.uid}, but Parley runs as the one with id ` +
          `${self}. Run Parley as the user it was first run as, choose another DATA_DIR, or set DATABASE_URL.`,
      );
    }
    return { name: `user ${self}` };
  }
  const account = owner && owner.uid !== 0 ? { name: `user ${owner.uid}`, ids: owner } : await unprivilegedAccount(log);
  await assertUsable(account);
  return account;
}

/** Runs a program to its end. Rejects if it cannot be started. */
export function runAs(account: PostgresAccount, program: string, args: string[]): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...account.ids,
      // The account may have no access to the caller's folder.
      cwd: '/',
      env: POSTGRES_ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (code) => resolve({ succeeded: code === 0, output: output.trim() }));
  });
}

/** Whether the account can read the file, or enter and list the folder. The kernel checks it, including ACLs. */
export async function canRead(account: PostgresAccount, path: string): Promise<boolean> {
  const question = 'test -r "$1" && { test ! -d "$1" || test -x "$1"; }';
  return (await runAs(account, '/bin/sh', ['-c', question, 'sh', path])).succeeded;
}

/** Whether the account can traverse the folder. */
export async function canEnter(account: PostgresAccount, folder: string): Promise<boolean> {
  return (await runAs(account, '/bin/sh', ['-c', 'test -x "$1"', 'sh', folder])).succeeded;
}

async function unprivilegedAccount(log: (line: string) => void): Promise<PostgresAccount> {
  const known = (await findUser('postgres')) ?? (await findUser(OWN_USER));
  if (known) return known;
  const made = await makeUser();
  if (made) {
    log(`PostgreSQL refuses to run as root; created the system user "${OWN_USER}"`);
    return made;
  }
  const nobody = await findUser('nobody');
  if (nobody) return nobody;
  throw new Error(
    'PostgreSQL refuses to run as root, and no other user was found or could be created. ' +
      'Run Parley as an ordinary user, or set DATABASE_URL.',
  );
}

async function findUser(name: string): Promise<PostgresAccount | undefined> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((option) => tryToRun('id', [option, name])));
  if (!uid?.succeeded || !gid?.succeeded) return undefined;
  return { name: `user "${name}"`, ids: { uid: Number(uid.output), gid: Number(gid.output) } };
}

/** `useradd` is the command of most Linux distributions, `adduser` that of Alpine. */
async function makeUser(): Promise<PostgresAccount | undefined> {
  await tryToRun('/usr/sbin/useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/bin/false',
    OWN_USER,
  ]);
  if (!(await findUser(OWN_USER))) await tryToRun('/usr/sbin/adduser', ['-S', '-D', '-H', OWN_USER]);
  return findUser(OWN_USER);
}

function tryToRun(program: string, args: string[]): Promise<ProgramResult | undefined> {
  return runAs({ name: 'root' }, program, args).catch(() => undefined);
}

/** Containers can deny root the right to change users. */
async function assertUsable(account: PostgresAccount): Promise<void> {
  try {
    await runAs(account, '/bin/sh', ['-c', ':']);
  } catch (error) {
    throw new Error(
      `PostgreSQL refuses to run as root, and root may not run it as ${account.name} here ` +
        `(${(error as Error).message}). Run Parley as an ordinary user, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}
