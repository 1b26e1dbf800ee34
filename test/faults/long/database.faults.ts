import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/core/database/embedded/embedded-postgres.js';
import { answersOf, type Outcome, run, SLOTS } from './run.js';

const STILL_MS = 8000;
/** Between two messages of a chat, so that some are being said all the time. */
const PAUSE_MS = 80;
const UNANSWERED_MS = 5000;
const REFUSED_MS = 3000;
/** Of these, what Parley may take to find out that Postgres has recovered: the rest is Postgres' own, and the disk's. */
const FOUND_OUT_MS = 1000;

/** From the first refusal to the last. */
const refusedFor = ({ refusals }: Outcome): number =>
  refusals.length === 0
    ? 0
    : Math.max(...refusals.map(({ at, ms }) => at + ms)) - Math.min(...refusals.map(({ at }) => at));
const slowest = ({ refusals }: Outcome): number => Math.round(Math.max(0, ...refusals.map(({ ms }) => ms)));

/** A connection may have ended since its process was looked up. */
function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

describe('a database of its own', () => {
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

  /** The server's own process, and one for each connection. */
  const pids = async (): Promise<number[]> => {
    const { rows } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
    const { rows: postmaster } = await client.query<{ pid: number }>(
      `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::integer AS pid`,
    );
    return [...postmaster, ...rows].map(({ pid }) => pid);
  };

  /** Milliseconds until somebody is let in again. */
  async function recovery(): Promise<number> {
    const startedAt = performance.now();
    for (;;) {
      const visitor = new pg.Client({ connectionString: postgres.url });
      visitor.on('error', () => undefined);
      const isIn = await visitor.connect().then(
        () => true,
        () => false,
      );
      await visitor.end().catch(() => undefined);
      if (isIn) return Math.round(performance.now() - startedAt);
      await sleep(20);
    }
  }

  it('F8: crashes, and recovers', async () => {
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
        process.kill(rows[0].pid, 'SIGKILL'); // one of its processes dies: it ends all the others, and recovers
        await sleep(20); // it has to notice first
        recoveredMs = await recovery();
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, alive: true });
    expect(outcome.duplicates).toBeLessThanOrEqual(SLOTS);
    expect(answersOf(outcome)).toEqual(['503 try_again']);
    expect(refusedFor(outcome) - recoveredMs).toBeLessThanOrEqual(FOUND_OUT_MS);
    expect(refusedFor(outcome)).toBeLessThanOrEqual(REFUSED_MS);
  });

  it('F9: stands still for 8 s', async () => {
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
        await sleep(STILL_MS);
        signal(stopped, 'SIGCONT');
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, alive: true });
    expect(answersOf(outcome)).toEqual(['503 try_again']);
    expect(slowest(outcome)).toBeLessThanOrEqual(UNANSWERED_MS);
  });
});
