import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithRedis, startRedis, type TestRedis } from '../../support/redis.js';
import { waitFor } from '../../support/wait-for.js';
import { createTestDatabase } from '../../support/databases.js';
import { startParley } from '../../support/parley-process.js';
import { gather } from '../deployment.js';
import { report } from './report.js';
import { type FaultRun, type Outcome, percentile, run } from './run.js';

const OUTAGE_MS = 20_000;
/** Well below the time in which the sweeper finds a lost wake-up: a faster delivery is due to a wake-up. */
const MAX_WAKEUP_MS = 500;
/** Log lines about the queue. */
const ABOUT_THE_QUEUE = /redis|queue|ECONNREFUSED|connection is closed/i;

const MAX_SILENCE_MS = 5000;
/** The number of the chat for probes, outside of those of the run. */
const PROBE_CHAT = 1000;

describeWithRedis('Redis', () => {
  let redis: TestRedis;
  beforeEach(async () => void (redis = (await startRedis())!));
  afterEach(() => redis.stop());

  const runOnRedis = (fault: string, what: string, options: Pick<FaultRun, 'harm'> & Partial<FaultRun>) =>
    run({ fault: `${fault} redis`, what, redis, ...options });

  const silence = ({ longestSilenceMs }: Outcome): string => `at most ${longestSilenceMs} ms of silence`;

  it('F4: a flush loses no message', async () => {
    const outcome = await runOnRedis('F4', 'FLUSHALL, 5 times', {
      note: silence,
      async harm(_deployment, progress) {
        for (const share of [0.1, 0.25, 0.4, 0.55, 0.7]) {
          await progress(share);
          await redis.flushAll();
        }
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, rejected: [], alive: true });
    expect(outcome.longestSilenceMs).toBeLessThanOrEqual(MAX_SILENCE_MS);
  });

  it('F5: an outage of 20 s neither delays sends nor loses messages', async () => {
    let [goneAt, backAt, recoveredMs, probe] = [0, 0, Infinity, 0];
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
        `${whileAway(result).length} sends meanwhile, p99 ${p99(result)} ms; wake-ups are back ${recoveredMs} ms after it is back; ` +
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
        while (recoveredMs === Infinity && Date.now() - backAt < 30_000) {
          const sentAt = Date.now();
          const message = await client.sendMessage(person, id, JSON.stringify({ chat: PROBE_CHAT, n: probe++ }));
          const isDelivered = () => sink.received.some(({ headers }) => headers['webhook-id'] === `evt_${message.id}`);
          await waitFor(isDelivered, { what: 'the message' }).catch(() => undefined);
          if (isDelivered() && Date.now() - sentAt < MAX_WAKEUP_MS) recoveredMs = sentAt - backAt;
        }
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, rejected: [], alive: true });
    expect(whileAway(outcome).length).toBeGreaterThan(1000);
    expect(p99(outcome)).toBeLessThan(500);
    expect(recoveredMs).toBeLessThanOrEqual(3000);
    expect(mostLines(outcome)).toBeLessThanOrEqual(5);
  });

  it('F6: a restart without data loses no message', async () => {
    const outcome = await runOnRedis('F6', 'kill -9 of Redis, and it starts again with nothing', {
      note: silence,
      async harm(_deployment, progress) {
        await progress(0.3);
        await redis.flushAll();
        await redis.kill();
        await redis.restart();
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, rejected: [], alive: true });
    expect(outcome.longestSilenceMs).toBeLessThanOrEqual(MAX_SILENCE_MS);
  });

  it('F7: exhausted memory loses no message', async () => {
    const outcome = await runOnRedis('F7', 'maxmemory of Redis is used up', {
      note: silence,
      async harm(_deployment, progress) {
        await progress(0.1);
        await redis.configure('maxmemory', '1');
        await progress(0.6);
        await redis.configure('maxmemory', '0');
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, rejected: [], alive: true });
  });

  it.each(['allkeys-lru', 'volatile-lru'])('F7: the policy %s prevents the start', async (policy) => {
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
