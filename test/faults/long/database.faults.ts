import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/core/database/embedded/embedded-postgres.js';
import { answersOf, type Outcome, run, SLOTS } from './run.js';

const SUSPENDED_MS = 8000;
/** Pause between two messages of a chat, so that sends go on during the fault. */
const PAUSE_MS = 80;
const MAX_RESPONSE_MS = 5000;
const MAX_REFUSED_MS = 3000;
/** Parley's share: the time until it detects that Postgres has recovered. */
const MAX_DETECTION_MS = 1000;

/** The time from the first refusal to the last. */
const refusedFor = ({ rejected }: Outcome): number =>
  rejected.length === 0
    ? 0
    : Math.max(...rejected.map(({ at, ms }) => at + ms)) - Math.min(...rejected.map(({ at }) => at));
const slowest = ({ rejected }: Outcome): number => Math.round(Math.max(0, ...rejected.map(({ ms }) => ms)));

/** Signals processes. A connection may have ended since its process was looked up. */
function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

describe('a separate PostgreSQL', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  let client: pg.Client;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-faults-postgres-'));
    await chmod(folder, 0o755);
    postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data') });
    client = new pg.Client({ connectionString: postgres.url });
    client.on('error', () => undefined);
    await client.connect();
  }, 60_000);
  afterEach(async () => {
    await client.end().catch(() => undefined);
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** The postmaster and the process of each connection. */
  const pids = async (): Promise<number[]> => {
    const { rows } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
    const { rows: postmaster } = await client.query<{ pid: number }>(
      `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::integer AS pid`,
    );
    return [...postmaster, ...rows].map(({ pid }) => pid);
  };

  /** Milliseconds until Postgres accepts connections again. */
  async function recovery(): Promise<number> {
    const startedAt = performance.now();
    for (;;) {
      const probe = new pg.Client({ connectionString: postgres.url });
      probe.on('error', () => undefined);
      const isConnected = await probe.connect().then(
        () => true,
        () => false,
      );
      await probe.end().catch(() => undefined);
      if (isConnected) return Math.round(performance.now() - startedAt);
      await sleep(20);
    }
  }

  it('F8: a crash causes 503 until it has recovered, and loses no message', async () => {
    let recoveredMs = 0;
    const outcome = await run({
      fault: 'F8 postgres',
      what: 'Postgres crashes under load',
      databaseUrl: postgres.url,
      pauseMs: PAUSE_MS,
      note: (result) =>
        `refused for ${Math.round(refusedFor(result))} ms: ${answersOf(result).join(', ')}; ${recoveredMs} ms of them by Postgres`,
      async harm(_deployment, progress) {
        await progress(0.3);
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        process.kill(rows[0].pid, 'SIGKILL'); // Postgres then ends all processes, and recovers
        await sleep(20); // until Postgres detects it
        recoveredMs = await recovery();
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, alive: true });
    expect(outcome.duplicates).toBeLessThanOrEqual(SLOTS);
    expect(answersOf(outcome)).toEqual(['503 try_again']);
    expect(refusedFor(outcome) - recoveredMs).toBeLessThanOrEqual(MAX_DETECTION_MS);
    expect(refusedFor(outcome)).toBeLessThanOrEqual(MAX_REFUSED_MS);
  });

  it('F9: a suspension of 8 s causes 503 in time, and loses no message', async () => {
    const outcome = await run({
      fault: 'F9 postgres',
      what: 'Postgres stands still for 8 s',
      databaseUrl: postgres.url,
      pauseMs: PAUSE_MS,
      note: (result) => `refused after at most ${slowest(result)} ms: ${answersOf(result).join(', ')}`,
      async harm(_deployment, progress) {
        await progress(0.3);
        const stopped = await pids();
        signal(stopped, 'SIGSTOP');
        await sleep(SUSPENDED_MS);
        signal(stopped, 'SIGCONT');
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, alive: true });
    expect(answersOf(outcome)).toEqual(['503 try_again']);
    expect(slowest(outcome)).toBeLessThanOrEqual(MAX_RESPONSE_MS);
  });
});
