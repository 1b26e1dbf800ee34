import { spawn } from 'node:child_process';

/** The operating system's user as whom PostgreSQL's programs run. Without ids it is the one who runs Parley. */
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
  /** What it wrote to both of its outputs. */
  readonly output: string;
}

/** The user made when there is no `postgres` user. */
const OWN_USER = 'parley';

/** Nothing of the caller's environment: PGDATA, PGPORT or a locale must not change what PostgreSQL does. */
export const POSTGRES_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Chooses whom PostgreSQL runs as. It refuses root, so root hands it to the owner of the cluster, else to the user
 * `postgres`, else to a user made for it, else to `nobody`. Anybody else runs it as themselves.
 *
 * @param owner who owns the cluster, if there is one
 * @throws Error when the cluster is somebody else's, or root may not change users here
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

/** Runs one of PostgreSQL's programs to its end, or asks what its user may do. Rejects when it cannot be started. */
export function runAs(account: PostgresAccount, program: string, args: string[]): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...account.ids,
      // Not the caller's folder, which the account may not be allowed to enter.
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

/** Whether the account can read the file, or enter and list the folder. The kernel, which knows of ACLs, is asked. */
export async function canRead(account: PostgresAccount, path: string): Promise<boolean> {
  const question = 'test -r "$1" && { test ! -d "$1" || test -x "$1"; }';
  return (await runAs(account, '/bin/sh', ['-c', question, 'sh', path])).succeeded;
}

/** Whether the account can go through the folder to something below whose name it knows. */
export async function canEnter(account: PostgresAccount, folder: string): Promise<boolean> {
  return (await runAs(account, '/bin/sh', ['-c', 'test -x "$1"', 'sh', folder])).succeeded;
}

async function unprivilegedAccount(log: (line: string) => void): Promise<PostgresAccount> {
  const known = (await findUser('postgres')) ?? (await findUser(OWN_USER));
  if (known) return known;
  const made = await makeUser();
  if (made) {
    log(`PostgreSQL refuses to run as root: made the system user "${OWN_USER}" for it`);
    return made;
  }
  const nobody = await findUser('nobody');
  if (nobody) return nobody;
  throw new Error(
    'PostgreSQL refuses to run as root, and no other user was found or could be made. ' +
      'Run Parley as an ordinary user, or set DATABASE_URL.',
  );
}

async function findUser(name: string): Promise<PostgresAccount | undefined> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((option) => tryToRun('id', [option, name])));
  if (!uid?.succeeded || !gid?.succeeded) return undefined;
  return { name: `user "${name}"`, ids: { uid: Number(uid.output), gid: Number(gid.output) } };
}

/** The first command is that of most Linux distributions, the second that of Alpine. */
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

/** Containers can take from root the right to become somebody else. */
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
