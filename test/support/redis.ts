import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, spawnProgram, type RunningProgram } from './processes.js';

export interface TestRedis {
  readonly url: string;
  /** Runs FLUSHALL. */
  flushAll(): Promise<void>;
  /** Runs `CONFIG SET`; a restart reverts it. */
  configure(setting: string, value: string): Promise<void>;
  /** Sends SIGKILL. Persisted data are available again after `restart()`. */
  kill(): Promise<void>;
  /** Stops the server if it runs, and starts it with the same port and data. */
  restart(): Promise<void>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

const BINARIES = ['redis-server', 'valkey-server'];

/** Starts a Redis or Valkey with its own data. @returns undefined if neither is on PATH */
export async function startRedis(): Promise<TestRedis | undefined> {
  const binary = findBinary();
  if (!binary) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'parley-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server = await launch(binary, port, folder);

  return {
    url,
    flushAll: () => command(url, 'FLUSHALL'),
    configure: (setting, value) => command(url, 'CONFIG', 'SET', setting, value),
    async kill() {
      await server.kill('SIGKILL');
    },
    async restart() {
      await server.kill();
      server = await launch(binary, port, folder);
    },
    async stop() {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `describe` if Redis or Valkey is installed; otherwise the tests are skipped, and the run reports it. */
export function describeWithRedis(name: string, tests: () => void): void {
  if (findBinary()) return describe(name, tests);
  process.stderr.write(`Skipped "${name}": neither ${BINARIES.join(' nor ')} is on PATH\n`);
  describe.skip(name, tests);
}

const findBinary = (): string | undefined => BINARIES.find((name) => spawnSync(name, ['--version']).status === 0);

async function launch(binary: string, port: number, folder: string): Promise<RunningProgram> {
  const network = ['--port', String(port), '--bind', '127.0.0.1'];
  const durability = ['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  const server = spawnProgram(binary, [...network, ...durability, '--maxmemory-policy', 'noeviction']);
  await server.waitUntilReady(/Ready to accept connections/);
  return server;
}

async function command(url: string, name: string, ...parts: string[]): Promise<void> {
  const client = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    await client.call(name, ...parts);
  } finally {
    client.disconnect();
  }
}
