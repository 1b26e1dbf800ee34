import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ClusterPaths } from './cluster-paths.js';
import { POSTGRES_ENVIRONMENT, type PostgresAccount } from './postgres-account.js';
import type { PostgresBinaries } from './postgres-binaries.js';

export interface LaunchOptions {
  readonly home: ClusterPaths;
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
  readonly settings: Readonly<Record<string, string>>;
  /** Called each time the server process is started but not yet ready. */
  readonly onLaunched?: () => void;
}

/** Crash recovery replays at most a few gigabytes of WAL, which takes less than this. */
const START_TIMEOUT_MS = 5 * 60_000;
/** A fast shutdown writes a checkpoint. */
const FAST_STOP_TIMEOUT_MS = 10_000;
/** After 5 seconds of an immediate shutdown PostgreSQL kills its remaining processes. */
const IMMEDIATE_STOP_TIMEOUT_MS = 8_000;
const POLL_MS = 10;
const LARGEST_LOG_BYTES = 10 * 1024 * 1024;
const TAIL_LINES = 20;

/**
 * Starts the server on the cluster and waits until it accepts connections.
 *
 * It gets its own session, so that a Ctrl-C to the terminal's foreground group does not stop it before Parley, and logs to
 * a file, so that it survives a crash of Parley. It does not keep this process alive.
 *
 * @returns its process id
 * @throws Error with the end of the server's log
 */
export async function launchServer({ home, binaries, account, settings, onLaunched }: LaunchOptions): Promise<number> {
  await moveLargeLogAside(home.serverLog);
  const log = await open(home.serverLog, 'a', 0o600);
  try {
    const logStart = (await log.stat()).size;
    const server = spawn(join(binaries.bin, 'postgres'), ['-D', home.cluster, ...settingArguments(settings)], {
      ...account.ids,
      cwd: '/',
      env: POSTGRES_ENVIRONMENT,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    server.unref();
    onLaunched?.();
    const fault = await whyNotReady(server, home.cluster);
    if (!fault) return server.pid!;
    throw new Error(`PostgreSQL ${fault}. The end of ${home.serverLog}:\n${await tail(home.serverLog, logStart)}`);
  } finally {
    await log.close();
  }
}

/**
 * Stops the cluster's server if the process still is that server: with a fast shutdown, or an immediate one if that takes
 * too long.
 *
 * @throws Error if it does not stop
 */
export async function stopServer(pid: number, cluster: string): Promise<void> {
  if (!(await isServer(pid, cluster))) return;
  signal(pid, 'SIGINT');
  if (await isGone(pid, cluster, FAST_STOP_TIMEOUT_MS)) return;
  signal(pid, 'SIGQUIT');
  if (await isGone(pid, cluster, IMMEDIATE_STOP_TIMEOUT_MS)) return;
  throw new Error(`PostgreSQL (process ${pid}) on ${cluster} does not stop.`);
}

/**
 * Cleans up after a killed Parley. A running server is stopped, not reused, so that the current settings and programs
 * apply and no session of the dead process remains. Requires the instance lock.
 */
export async function cleanUpAfterCrash(cluster: string, log: (line: string) => void): Promise<void> {
  const [pid] = await readPidFile(cluster);
  if (!pid) return;
  if (await isServer(Number(pid), cluster)) {
    log('PostgreSQL is still running from an earlier Parley; restarting it');
    await stopServer(Number(pid), cluster);
  }
  // PostgreSQL removes a stale file itself, unless its process id is reused by another process.
  await rm(pidFile(cluster), { force: true });
}

/** @returns undefined once the server is ready, else the reason why it is not */
async function whyNotReady(server: ChildProcess, cluster: string): Promise<string | undefined> {
  let ended: string | undefined;
  server.once('error', (error) => (ended = `could not be run (${error.message})`));
  server.once('exit', (code, signalName) => (ended = `ended with ${signalName ?? `code ${code}`} while starting`));

  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!ended) {
    if (await isReady(server, cluster)) return undefined;
    if (Date.now() > deadline) {
      server.kill('SIGQUIT');
      return `was not ready after ${START_TIMEOUT_MS / 60_000} minutes`;
    }
    await sleep(POLL_MS);
  }
  return ended;
}

/** The eighth line of the pid file contains the state of the server. */
async function isReady(server: ChildProcess, cluster: string): Promise<boolean> {
  const lines = await readPidFile(cluster);
  return lines[0] === String(server.pid) && lines[7]?.trim() === 'ready';
}

async function isGone(pid: number, cluster: string, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (await isServer(pid, cluster)) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/**
 * Whether the process runs this cluster. The existence of the process id is not enough: ids are reused, above all in
 * containers, and a dead process keeps its id until its parent has reaped it.
 */
async function isServer(pid: number, cluster: string): Promise<boolean> {
  try {
    return (await commandLine(pid)).includes(`-D ${cluster} `);
  } catch {
    return false;
  }
}

/** On Linux it is readable for all users, also for root in a container, which may see little else of other users' processes. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  return (await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])).stdout;
}

/** The process may have ended in the meantime. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const pidFile = (cluster: string): string => join(cluster, 'postmaster.pid');

async function readPidFile(cluster: string): Promise<string[]> {
  const text = await readFile(pidFile(cluster), 'utf8').catch(() => '');
  return text.split('\n');
}

const settingArguments = (settings: Readonly<Record<string, string>>): string[] =>
  Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

async function moveLargeLogAside(path: string): Promise<void> {
  const log = await stat(path).catch(() => undefined);
  if (log && log.size > LARGEST_LOG_BYTES) await rename(path, `${path}.1`);
}

async function tail(path: string, fromByte: number): Promise<string> {
  const text = (await readFile(path)).subarray(fromByte).toString().trim();
  return text.split('\n').slice(-TAIL_LINES).join('\n');
}
