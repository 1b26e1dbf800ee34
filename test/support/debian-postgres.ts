import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type RunningProgram, spawnProgram } from './processes.js';
import { waitFor } from './wait-for.js';

const VERSIONS = '/usr/lib/postgresql';
const USER = 'postgres';
/** The database of both servers of a pair, so that the URL stays the same after a failover. */
const DATABASE = 'postgres';

/** The program folder of the newest PostgreSQL from Debian packages; undefined if none is installed. */
function findPrograms(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const versions = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(VERSIONS, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_basebackup')));
}

const idOf = (flag: '-u' | '-g'): number => Number(spawnSync('id', [flag, USER], { encoding: 'utf8' }).stdout);

/** The reason why a pair cannot be started on this machine; undefined if it can. */
export function standbyUnavailableReason(): string | undefined {
  if (!findPrograms()) return `no PostgreSQL with initdb and pg_basebackup under ${VERSIONS}`;
  if (process.getuid?.() !== 0) return 'only root can run PostgreSQL as its own user';
  return Number.isInteger(idOf('-u')) ? undefined : `no user ${USER}`;
}

/** A primary and its synchronous standby, which has every commit that the primary has acknowledged. */
export interface PostgresPair {
  readonly primary: PostgresServer;
  readonly standby: PostgresServer;
  /** The path, user and database of both, on the given port. */
  url(port: number): string;
  stop(): Promise<void>;
}

export interface PostgresServer {
  readonly port: number;
  /** `kill -9` of the postmaster; its children exit after it. */
  kill(): Promise<void>;
  /** Promotes the standby. Resolves once it accepts writes. */
  promote(): void;
}

/** @throws Error if `standbyUnavailableReason` returns a reason */
export async function startPostgresPair(): Promise<PostgresPair> {
  const programs = findPrograms();
  if (!programs) throw new Error(standbyUnavailableReason());
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  const folder = await mkdtemp(join(tmpdir(), 'parley-postgres-pair-'));
  await chown(folder, uid, gid);
  await chmod(folder, 0o700);
  const [primaryPort, standbyPort] = [await freePort(), await freePort()];
  const command = (program: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(join(programs, program), args, { uid, gid, cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  };

  const start = async (name: string, port: number, settings: Record<string, string>): Promise<RunningProgram> => {
    const all = { port, listen_addresses: '127.0.0.1', unix_socket_directories: folder, ...settings };
    const args = Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    const server = spawnProgram(join(programs, 'postgres'), ['-D', join(folder, name), ...args], {
      uid,
      gid,
      cwd: folder,
    });
    await waitUntilReady(programs, port, server);
    return server;
  };
  const serverOf = (name: string, port: number, program: RunningProgram): PostgresServer => ({
    port,
    kill: async () => void (await program.kill('SIGKILL')),
    promote: () => command('pg_ctl', 'promote', '-D', join(folder, name), '-w'),
  });

  command('initdb', '-D', join(folder, 'primary'), '-U', USER, '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C');
  const primary = await start('primary', primaryPort, { wal_level: 'replica', synchronous_commit: 'off' });
  command(
    'pg_basebackup',
    '-h',
    '127.0.0.1',
    '-p',
    String(primaryPort),
    '-U',
    USER,
    '-D',
    join(folder, 'standby'),
    '-R',
  );
  const standby = await start('standby', standbyPort, { primary_conninfo: conninfo(primaryPort), fsync: 'off' });
  // From now on a commit is acknowledged once the standby has it.
  for (const setting of [`synchronous_standby_names = '*'`, `synchronous_commit = 'on'`]) {
    psql(programs, primaryPort, `ALTER SYSTEM SET ${setting}`);
  }
  await primary.kill('SIGINT');
  const again = await start('primary', primaryPort, { fsync: 'off' });
  return {
    primary: serverOf('primary', primaryPort, again),
    standby: serverOf('standby', standbyPort, standby),
    url: (port) => `postgres://${USER}@127.0.0.1:${port}/${DATABASE}`,
    async stop() {
      await Promise.all([again.kill('SIGKILL'), standby.kill('SIGKILL')]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const conninfo = (port: number): string => `host=127.0.0.1 port=${port} user=${USER} application_name=standby`;

function psql(programs: string, port: number, text: string): void {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-U', USER, '-d', DATABASE, '-v', 'ON_ERROR_STOP=1', '-c', text];
  const { status, stderr } = spawnSync(join(programs, 'psql'), args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${text} failed: ${stderr}`);
}

async function waitUntilReady(programs: string, port: number, server: RunningProgram): Promise<void> {
  const isReady = () =>
    spawnSync(join(programs, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]).status === 0;
  await waitFor(() => server.hasEnded || isReady(), { what: 'PostgreSQL to accept connections', timeoutMs: 30_000 });
  if (server.hasEnded) throw new Error(`PostgreSQL ended:\n${server.output}`);
}
