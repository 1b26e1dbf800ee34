import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, chmod, mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../dist/core/database/embedded/embedded-postgres.js';
import { parentOf } from './cpu.mjs';

/**
 * @typedef {object} Server
 * @property {string} url
 * @property {number} pid
 * @property {number} inspectPort of a Node whose inspector is opened by SIGUSR1
 * @property {number} readyMs from the start of the process to the first 200 of `/health/ready`
 * @property {() => string[]} log the lines of its output so far
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} Postgres
 * @property {string} url
 * @property {pg.Pool} pool for the benchmark's own preparations
 * @property {string} version
 * @property {number | undefined} pid of the postmaster, if it runs on this machine
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 5;

/** The same in every process of a run, so that sessions and keys are valid in all of them. */
export const SECRETS = {
  API_TOKEN: randomBytes(20).toString('hex'),
  ADMIN_SECRET_KEY: randomBytes(32).toString('hex'),
  JWT_SECRET_KEY: randomBytes(32).toString('hex'),
  ENCRYPTION_KEY: randomBytes(32).toString('hex'),
  APPLICATION_ID: 'BENCH',
};

/**
 * Creates a folder that the user of PostgreSQL can access too: as root, it is another user.
 *
 * @param {import('./cleanup.mjs').Cleanup} cleanup
 */
export async function makeTempDir(cleanup) {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  cleanup.add(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  return folder;
}

/**
 * The database that Parley and the bare server share: a new one on the server of `DATABASE_URL`, else the embedded one with
 * Parley's own settings.
 *
 * @param {string} folder
 * @param {import('./cleanup.mjs').Cleanup} cleanup
 * @returns {Promise<Postgres>}
 */
export async function startPostgres(folder, cleanup) {
  const given = process.env.DATABASE_URL;
  const url = given ? await createDatabase(given, cleanup) : await startEmbedded(folder, cleanup);
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => undefined);
  cleanup.add(() => pool.end());
  const { rows } = await pool.query(`SELECT pg_backend_pid() AS pid, current_setting('server_version') AS version`);
  const isLocal = ['127.0.0.1', 'localhost'].includes(new URL(url).hostname);
  return { url, pool, version: rows[0].version, pid: isLocal ? parentOf(rows[0].pid) : undefined };
}

/**
 * @param {string} folder
 * @param {import('./cleanup.mjs').Cleanup} cleanup
 */
async function startEmbedded(folder, cleanup) {
  const starting = startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  // Registered beforehand, as Ctrl-C may come during the start.
  cleanup.add(() =>
    starting.then(
      (embedded) => embedded.stop(),
      () => undefined,
    ),
  );
  return (await starting).url;
}

/**
 * @param {string} address of a server, which may contain other data
 * @param {import('./cleanup.mjs').Cleanup} cleanup
 */
async function createDatabase(address, cleanup) {
  const name = `parley_bench_${randomBytes(4).toString('hex')}`;
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  cleanup.add(() => client.end());
  await client.query(`CREATE DATABASE ${name}`);
  cleanup.add(() => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  const url = new URL(address);
  url.pathname = `/${name}`;
  return url.href;
}

/**
 * Starts `dist/main.js`: API and worker in one process, as by default.
 *
 * @param {import('./cleanup.mjs').Cleanup} cleanup
 * @param {{ dataDir: string, databaseUrl?: string, redisUrl?: string, cpuProf?: string, env?: Record<string, string> }} options without a
 *   `databaseUrl` it starts its own embedded PostgreSQL
 */
export function startParley(cleanup, { dataDir, databaseUrl = '', redisUrl = '', cpuProf, env }) {
  const profiling = cpuProf ? ['--cpu-prof', `--cpu-prof-dir=${cpuProf}`] : [];
  return startServer(cleanup, [...profiling, '--enable-source-maps', 'dist/main.js'], {
    ...SECRETS,
    // Not `production`, which rejects callbacks to this machine.
    NODE_ENV: 'test',
    CALLBACK_ALLOW_PRIVATE: 'true',
    LOG_LEVEL: 'warn',
    API_RATE_LIMIT: '0',
    LOG_FORMAT: 'json',
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    SIGN_UPS_PER_MINUTE: '0',
    SIGN_UPS_PER_HOUR: '0',
    CONNECTOR_MAX_SOCKETS_PER_ADDRESS: '10000',
    CONNECTOR_CONNECTIONS_PER_MINUTE: '10000',
    AI_ADDRESS_TURNS_PER_MINUTE: '0',
    AI_ADDRESS_TURNS_PER_DAY: '0',
    ...env,
  });
}

/**
 * @param {import('./cleanup.mjs').Cleanup} cleanup
 * @param {Record<string, string>} env
 */
export function startBare(cleanup, env) {
  return startServer(cleanup, [fileURLToPath(new URL('bare-server.mjs', import.meta.url))], env);
}

/**
 * @param {import('./cleanup.mjs').Cleanup} cleanup
 * @param {string} folder
 * @returns {Promise<string | undefined>} its URL; undefined if no `redis-server` is installed
 */
export async function startRedis(cleanup, folder) {
  const program = await findProgram('redis-server');
  if (!program) return undefined;
  const port = await freePort();
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const child = spawn(program, [...settings, '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' });
  cleanup.add(() => stopProcess(child));
  return `redis://127.0.0.1:${port}`;
}

/**
 * @param {import('./cleanup.mjs').Cleanup} cleanup
 * @param {string[]} args of Node
 * @param {Record<string, string>} env
 * @returns {Promise<Server>}
 */
async function startServer(cleanup, args, env) {
  const port = await freePort();
  const inspectPort = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, [`--inspect-port=${inspectPort}`, ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const stop = () => stopProcess(child);
  cleanup.add(stop);

  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() - startedAt > READY_TIMEOUT_MS) {
      throw new Error(`${args.at(-1)} did not become ready:\n${output}`);
    }
    await sleep(POLL_MS);
  }
  const readyMs = performance.now() - startedAt;
  const pid = /** @type {number} */ (child.pid);
  return { url, pid, inspectPort, readyMs, log: () => output.split('\n').filter(Boolean), stop };
}

/** @param {string} url */
function isReady(url) {
  return new Promise((resolve) => {
    get(`${url}/health/ready`, { agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    })
      .on('timeout', () => resolve(false))
      .on('error', () => resolve(false));
  });
}

/** @param {import('node:child_process').ChildProcess} child */
async function stopProcess(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  child.kill('SIGTERM');
  await exit;
  clearTimeout(timer);
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

/** @param {string} name */
async function findProgram(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const program = join(folder, name);
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder && isThere) return program;
  }
  return undefined;
}
