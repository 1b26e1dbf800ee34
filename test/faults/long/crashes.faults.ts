import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/core/database/embedded/embedded-postgres.js';
import { waitFor } from '../../support/wait-for.js';
import { describeWithRedis, startRedis, type TestRedis } from '../../support/redis.js';
import { answerOk, type Behaviour } from '../../support/sink.js';
import { type CrashPlan, survivesCrashes } from '../crashes.js';
import { Deployment, gather, judge, received, sayAll } from '../deployment.js';
import { report, secondsSince } from './report.js';

const CHATS = 40;
const MESSAGES_PER_CHAT = 250;
const TOTAL = CHATS * MESSAGES_PER_CHAT;
/** Lanes that two workers may have in hand when they are killed. */
const SLOTS = 2 * 40;
const ENOUGH_MS = 240_000;

/** As in production: 10 s for a callback, and 5 s more. */
const REAL_TIMES: CrashPlan = {
  chats: 20,
  messagesPerChat: 25,
  crashesAt: [0.1, 0.3, 0.5],
  callbackTimeoutMs: 10_000,
  leaseSlackMs: 5000,
};

const soon: Behaviour = (callback, response) => void setTimeout(() => answerOk(callback, response), 5);

/** Says 10,000 messages while `harm` does its worst, and judges what the bot was told. */
async function run(fault: string, what: string, redis: TestRedis | undefined, harm: (d: Deployment) => Promise<void>) {
  const env = { CALLBACK_TIMEOUT_MS: '2000', CONNECTOR_ACK_TIMEOUT_MS: '2000', DELIVERY_LEASE_SLACK_MS: '1000' };
  const deployment = await Deployment.start({ redis, env, workers: 2 });
  try {
    deployment.sink.behave(soon);
    const audience = await gather(deployment, CHATS);
    const startedAt = performance.now();
    const saying = sayAll(deployment, audience, MESSAGES_PER_CHAT);
    await harm(deployment);
    await saying;
    await received(deployment.sink, TOTAL, ENOUGH_MS).catch(() => undefined);
    const tally = judge(deployment.sink.received, CHATS, MESSAGES_PER_CHAT);
    report({ fault, what, events: TOTAL, ...tally, seconds: secondsSince(startedAt) });
    return tally;
  } finally {
    await deployment.stop();
  }
}

const at = (share: number, { sink }: Deployment) => received(sink, TOTAL * share, ENOUGH_MS);

function faultsOf(backend: string, startBackend: () => Promise<TestRedis | undefined>): void {
  let redis: TestRedis | undefined;
  beforeAll(async () => void (redis = await startBackend()));
  afterAll(() => redis?.stop());

  it('delivers everything when nothing goes wrong', async () => {
    const tally = await run(`– ${backend}`, 'nothing goes wrong', redis, async () => undefined);
    expect(tally).toEqual({ lost: 0, outOfOrder: 0, duplicates: 0 });
  });

  it('F1: workers are killed', async () => {
    const tally = await run(`F1 ${backend}`, 'kill -9 of a worker, 3 times', redis, async (deployment) => {
      for (const [index, share] of [0.1, 0.3, 0.5].entries()) {
        await at(share, deployment);
        await deployment.replaceWorker(index % 2);
      }
    });
    expect(tally).toMatchObject({ lost: 0, outOfOrder: 0 });
    expect(tally.duplicates).toBeLessThanOrEqual(3 * SLOTS);
  });
}

/** Says 10,000 messages; what is not answered with 2xx was not promised. Then judges what was. */
async function runAgainst(fault: string, what: string, databaseUrl: string, harm: (d: Deployment) => Promise<void>) {
  const env = { CALLBACK_TIMEOUT_MS: '2000', CONNECTOR_ACK_TIMEOUT_MS: '2000', DELIVERY_LEASE_SLACK_MS: '1000' };
  const deployment = await Deployment.start({ env, workers: 2, databaseUrl });
  const { sink, client } = deployment;
  try {
    sink.behave(soon);
    const { chats } = await gather(deployment, CHATS);
    const promised = new Set<string>();
    let refused = 0;
    const startedAt = performance.now();
    const saying = Promise.all(
      chats.map(async ({ person, id }, chat) => {
        for (let n = 0; n < MESSAGES_PER_CHAT; n++) {
          await client.say(person, id, JSON.stringify({ chat, n })).then(
            (message) => promised.add(`evt_${message.id}`),
            async () => (refused++, sleep(50)),
          );
        }
      }),
    );
    await harm(deployment);
    await saying;
    const seen = () => new Set(sink.received.map(({ headers }) => String(headers['webhook-id'])));
    const missing = () => [...promised].filter((id) => !seen().has(id)).length;
    await waitFor(() => missing() === 0, { what: 'all that was promised', timeoutMs: ENOUGH_MS }).catch(
      () => undefined,
    );
    const newest = new Map<number, number>();
    let outOfOrder = 0;
    for (const { body } of sink.received) {
      const { chat, n } = JSON.parse((JSON.parse(body) as { body: string }).body) as { chat: number; n: number };
      if (n < (newest.get(chat) ?? 0)) outOfOrder++;
      newest.set(chat, n);
    }
    const alive = [deployment.api, ...deployment.workers].every(({ program }) => !program.output.includes('fatal'));
    const tally = { lost: missing(), outOfOrder, duplicates: sink.received.length - seen().size };
    report({
      fault,
      what,
      events: promised.size,
      ...tally,
      seconds: secondsSince(startedAt),
      note: `${refused} sends refused`,
    });
    return { ...tally, alive };
  } finally {
    await deployment.stop();
  }
}

describe('with a database of its own', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  let client: pg.Client;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-faults-postgres-'));
    await chmod(folder, 0o755);
    postgres = await startEmbeddedPostgres({ dataDir: folder });
    client = new pg.Client({ connectionString: postgres.url });
    client.on('error', () => undefined);
    await client.connect();
  }, 60_000);
  afterEach(async () => {
    await client.end().catch(() => undefined);
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const pids = async (): Promise<number[]> => {
    const { rows } = await client.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
    );
    return rows.map(({ pid }) => pid);
  };

  it('F8: the database crashes, and recovers', async () => {
    const tally = await runAgainst('F8 postgres', 'Postgres crashes under load', postgres.url, async (deployment) => {
      await at(0.3, deployment);
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      process.kill(rows[0].pid, 'SIGKILL'); // one of its processes dies: it ends all the others, and recovers
    });
    expect(tally).toMatchObject({ lost: 0, outOfOrder: 0, alive: true });
    expect(tally.duplicates).toBeLessThanOrEqual(2 * SLOTS);
  });

  it('F9: the database stands still for 8 s', async () => {
    const tally = await runAgainst('F9 postgres', 'Postgres stands still for 8 s', postgres.url, async (deployment) => {
      await at(0.3, deployment);
      const stopped = await pids();
      for (const pid of stopped) process.kill(pid, 'SIGSTOP');
      await sleep(8000);
      for (const pid of stopped) process.kill(pid, 'SIGCONT');
    });
    expect(tally).toMatchObject({ lost: 0, outOfOrder: 0, alive: true });
  });

  it('F24: a worker stands still for 8 s, and goes on as if nothing had happened', async () => {
    const tally = await runAgainst('F24 postgres', 'SIGSTOP of a worker for 8 s', postgres.url, async (deployment) => {
      await at(0.2, deployment);
      const { pid } = deployment.workers[0].program;
      process.kill(pid, 'SIGSTOP');
      await sleep(8000);
      process.kill(pid, 'SIGCONT');
    });
    expect(tally).toMatchObject({ lost: 0, outOfOrder: 0 });
  });

  it('F23: a worker that is told to stop finishes what it has in hand', async () => {
    const tally = await runAgainst('F23 postgres', 'SIGTERM of a worker', postgres.url, async (deployment) => {
      await at(0.2, deployment);
      const startedAt = performance.now();
      const { code } = await deployment.workers[0].program.kill('SIGTERM');
      expect([code, performance.now() - startedAt < 15_000]).toEqual([0, true]);
    });
    expect(tally).toMatchObject({ lost: 0, outOfOrder: 0, duplicates: 0 });
  });
});

describe('with the queue on Postgres', () => faultsOf('postgres', async () => undefined));

describeWithRedis('with the queue on Redis', () => {
  faultsOf('redis', startRedis);

  it('F4: Redis forgets everything', async () => {
    const redis = (await startRedis())!;
    const tally = await run('F4 redis', 'FLUSHALL, 5 times', redis, async (deployment) => {
      for (const share of [0.1, 0.25, 0.4, 0.55, 0.7]) {
        await at(share, deployment);
        await redis.flushAll();
      }
    }).finally(() => redis.stop());
    expect(tally).toMatchObject({ lost: 0, outOfOrder: 0 });
  });

  it('F6: Redis is killed, and comes back', async () => {
    const redis = (await startRedis())!;
    const tally = await run(
      'F6 redis',
      'kill -9 of Redis, and it starts again with nothing',
      redis,
      async (deployment) => {
        await at(0.3, deployment);
        await redis.flushAll();
        await redis.kill();
        await redis.restart();
      },
    ).finally(() => redis.stop());
    expect(tally).toMatchObject({ lost: 0, outOfOrder: 0 });
  });

  it('F5: Redis is away for 20 s', async () => {
    const redis = (await startRedis())!;
    const tally = await run('F5 redis', 'Redis away for 20 s', redis, async (deployment) => {
      await at(0.1, deployment);
      await redis.kill();
      await sleep(20_000);
      await redis.restart();
    }).finally(() => redis.stop());
    expect(tally).toMatchObject({ lost: 0, outOfOrder: 0 });
  });
});

describe('with the times of production, on Postgres', () => survivesCrashes(async () => undefined, REAL_TIMES));
describeWithRedis('with the times of production, on Redis', () => survivesCrashes(startRedis, REAL_TIMES));
