import { chmod, chown, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/core/database/embedded/embedded-postgres.js';
import { RefusedError } from '../../support/client-api.js';
import { runSql } from '../../support/databases.js';
import { waitFor } from '../../support/wait-for.js';
import { Deployment, distinct, gather } from '../deployment.js';
import { report, secondsSince } from './report.js';
import { type Outcome, run, SLOTS } from './run.js';
import { haveSmallDisks, type SmallDisk, smallDisk } from './small-disk.js';

const STILL_MS = 8000;
/** Between two messages of a chat, so that some are being said all the time. */
const PAUSE_MS = 80;
const UNANSWERED_MS = 5000;
const REFUSED_MS = 3000;

/** From the first refusal to the last. */
const refusedFor = ({ refusals }: Outcome): number =>
  refusals.length === 0
    ? 0
    : Math.max(...refusals.map(({ at, ms }) => at + ms)) - Math.min(...refusals.map(({ at }) => at));
const slowest = ({ refusals }: Outcome): number => Math.round(Math.max(0, ...refusals.map(({ ms }) => ms)));
const answersOf = ({ refusals }: Outcome): string[] => [
  ...new Set(refusals.map(({ status, body }) => `${status} ${(JSON.parse(body) as { code: string }).code}`)),
];

const itOnSmallDisks = haveSmallDisks() ? it : it.skip;

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

  it('F8: crashes, and recovers', async () => {
    const outcome = await run({
      fault: 'F8 postgres',
      what: 'Postgres crashes under load',
      databaseUrl: postgres.url,
      pauseMs: PAUSE_MS,
      note: (result) => `refused for ${Math.round(refusedFor(result))} ms: ${answersOf(result).join(', ')}`,
      async harm(_deployment, progress) {
        await progress(0.3);
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        process.kill(rows[0].pid, 'SIGKILL'); // one of its processes dies: it ends all the others, and recovers
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, alive: true });
    expect(outcome.duplicates).toBeLessThanOrEqual(SLOTS);
    expect(answersOf(outcome)).toEqual(['503 try_again']);
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
        for (const pid of stopped) process.kill(pid, 'SIGSTOP');
        await sleep(STILL_MS);
        for (const pid of stopped) process.kill(pid, 'SIGCONT');
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, alive: true });
    expect(answersOf(outcome)).toEqual(['503 try_again']);
    expect(slowest(outcome)).toBeLessThanOrEqual(UNANSWERED_MS);
  });

  itOnSmallDisks('F25: has no room on its disk, until somebody makes some', async () => {
    const disk = smallDisk(join(folder, 'disk'), 80);
    try {
      await fillUp(disk, await databaseOn(disk));
    } finally {
      await client.query('DROP DATABASE small WITH (FORCE)').catch(() => undefined);
      disk.remove();
    }
  });

  /** @returns the address of a database that is kept there */
  async function databaseOn({ path }: SmallDisk): Promise<string> {
    const { rows } = await client.query<{ folder: string }>(`SELECT current_setting('data_directory') AS folder`);
    const { uid, gid } = await stat(rows[0].folder);
    const space = join(path, 'space');
    await mkdir(space);
    await chown(space, uid, gid);
    await client.query(`CREATE TABLESPACE small LOCATION '${space}'`);
    await client.query('CREATE DATABASE small TABLESPACE small');
    const url = new URL(postgres.url);
    url.pathname = '/small';
    return url.href;
  }

  async function fillUp(disk: SmallDisk, databaseUrl: string): Promise<void> {
    const deployment = await Deployment.start({ databaseUrl });
    const { client: api, sink } = deployment;
    try {
      const {
        chats: [{ person, id }],
      } = await gather(deployment, 1);
      const promised = new Set<string>();
      const say = async (): Promise<void> =>
        void promised.add(`evt_${(await api.say(person, id, `${promised.size} ${filler()}`)).id}`);
      const startedAt = performance.now();
      const refusal = await untilRefused(say);
      disk.grow(400);
      await waitFor(() => say().then(() => true), { what: 'a message to be taken again', timeoutMs: 15_000 });
      const told = () => distinct(sink.received.filter(({ headers }) => promised.has(String(headers['webhook-id']))));
      await waitFor(() => told() === promised.size, { what: 'all that was promised', timeoutMs: 60_000 });
      const stored = await runSql(databaseUrl, 'SELECT FROM messages');
      report({
        fault: 'F25 postgres',
        what: 'the disk of Postgres is full',
        events: promised.size,
        lost: promised.size - told(),
        seconds: secondsSince(startedAt),
        note: `refused with ${refusal.status}; taken again once there is room`,
      });
      expect([refusal.status, JSON.parse(refusal.body)]).toEqual([503, expect.objectContaining({ code: 'try_again' })]);
      expect(stored).toHaveLength(promised.size);
    } finally {
      await deployment.stop();
    }
  }
});

async function untilRefused(say: () => Promise<void>): Promise<RefusedError> {
  for (;;) {
    try {
      await Promise.all(Array.from({ length: 20 }, say));
    } catch (error) {
      if (error instanceof RefusedError) return error;
      throw error;
    }
  }
}

/** Cannot be compressed, so that it takes its room. */
const filler = (): string =>
  Array.from({ length: 250 }, () => Math.random().toString(36).slice(2))
    .join('')
    .slice(0, 2000);
