import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithRedis, startRedis, type TestRedis } from '../../support/redis.js';
import { waitFor } from '../../support/wait-for.js';
import { createTestDatabase } from '../../support/databases.js';
import { startParley } from '../../support/parley-process.js';
import { gather } from '../deployment.js';
import { report } from './report.js';
import { type FaultRun, type Outcome, percentile, run } from './run.js';

const OUTAGE_MS = 20_000;
/** Well below what the sweeper needs to find a chat whose bell was lost: so soon means that bells ring. */
const BY_BELL_MS = 500;
/** What an operator would call being told of it. */
const ABOUT_THE_QUEUE = /redis|queue|ECONNREFUSED|connection is closed/i;

const RINGING_AGAIN_MS = 5000;
/** A chat beyond those of the run, for the tally. */
const PROBES = 1000;

describeWithRedis('Redis', () => {
  let redis: TestRedis;
  beforeEach(async () => void (redis = (await startRedis())!));
  afterEach(() => redis.stop());

  const runOnRedis = (fault: string, what: string, options: Pick<FaultRun, 'harm'> & Partial<FaultRun>) =>
    run({ fault: `${fault} redis`, what, redis, ...options });

  const silence = ({ longestSilenceMs }: Outcome): string => `at most ${longestSilenceMs} ms of silence`;

  it('F4: forgets everything', async () => {
    const outcome = await runOnRedis('F4', 'FLUSHALL, 5 times', {
      note: silence,
      async harm(_deployment, progress) {
        for (const share of [0.1, 0.25, 0.4, 0.55, 0.7]) {
          await progress(share);
          await redis.flushAll();
        }
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, refusals: [], alive: true });
    expect(outcome.longestSilenceMs).toBeLessThanOrEqual(RINGING_AGAIN_MS);
  });

  it('F5: is away for 20 s', async () => {
    let [goneAt, backAt, rungAfterMs, probe] = [0, 0, Infinity, 0];
    const linesBefore: number[] = [];
    const linesAbout = (output: string) => output.split('\n').filter((line) => ABOUT_THE_QUEUE.test(line)).length;
    const whileAway = ({ tries }: Outcome) => tries.filter(({ at }) => at >= goneAt && at < backAt);
    const p99 = (outcome: Outcome) =>
      Math.round(
        percentile(
          whileAway(outcome).map(({ ms }) => ms),
          0.99,
        ),
      );
    const mostLines = ({ outputs }: Outcome) =>
      Math.max(...outputs.map((output, i) => linesAbout(output) - linesBefore[i]));
    const outcome = await runOnRedis('F5', 'Redis away for 20 s', {
      pauseMs: 120,
      note: (result) =>
        `${whileAway(result).length} sends meanwhile, p99 ${p99(result)} ms; bells ring ${rungAfterMs} ms after it is back; ` +
        `at most ${mostLines(result)} log lines a process`,
      async harm(deployment, progress) {
        const { sink, client, api, workers } = deployment;
        const {
          chats: [{ person, id }],
        } = await gather(deployment, 1, '/probe');
        await progress(0.1);
        linesBefore.push(...[api, ...workers].map(({ program }) => linesAbout(program.output)));
        await redis.kill();
        goneAt = Date.now();
        await sleep(OUTAGE_MS);
        await redis.restart();
        backAt = Date.now();
        while (rungAfterMs === Infinity && Date.now() - backAt < 30_000) {
          const saidAt = Date.now();
          const bell = await client.say(person, id, JSON.stringify({ chat: PROBES, n: probe++ }));
          const isTold = () => sink.received.some(({ headers }) => headers['webhook-id'] === `evt_${bell.id}`);
          await waitFor(isTold, { what: 'the message' }).catch(() => undefined);
          if (isTold() && Date.now() - saidAt < BY_BELL_MS) rungAfterMs = saidAt - backAt;
        }
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, refusals: [], alive: true });
    expect(whileAway(outcome).length).toBeGreaterThan(1000);
    expect(p99(outcome)).toBeLessThan(500);
    expect(rungAfterMs).toBeLessThanOrEqual(3000);
    expect(mostLines(outcome)).toBeLessThanOrEqual(5);
  });

  it('F6: is killed, and comes back with nothing', async () => {
    const outcome = await runOnRedis('F6', 'kill -9 of Redis, and it starts again with nothing', {
      note: silence,
      async harm(_deployment, progress) {
        await progress(0.3);
        await redis.flushAll();
        await redis.kill();
        await redis.restart();
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, refusals: [], alive: true });
    expect(outcome.longestSilenceMs).toBeLessThanOrEqual(RINGING_AGAIN_MS);
  });

  it('F7: has no memory left for bells', async () => {
    const outcome = await runOnRedis('F7', 'maxmemory of Redis is used up', {
      note: silence,
      async harm(_deployment, progress) {
        await progress(0.1);
        await redis.configure('maxmemory', '1');
        await progress(0.6);
        await redis.configure('maxmemory', '0');
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, refusals: [], alive: true });
  });

  it.each(['allkeys-lru', 'volatile-lru'])('F7: drops keys by the policy %s, and nothing starts', async (policy) => {
    await redis.configure('maxmemory-policy', policy);
    const database = await createTestDatabase();
    const starting = startParley({ role: 'worker', databaseUrl: database.url, redisUrl: redis.url });
    const message = await starting.then(
      async ({ program }) => (await program.kill('SIGKILL'), 'it started'),
      (error: Error) => error.message,
    );
    await database.drop();
    report({ fault: 'F7 redis', what: `maxmemory-policy ${policy}`, note: 'the start is refused' });
    expect(message).toContain('ended with code 1');
    expect(message).toContain('Set maxmemory-policy to noeviction');
  });
});
