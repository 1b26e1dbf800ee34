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
  const env = { CALLBACK_TIMEOUT_MS: '2000', DELIVERY_LEASE_SLACK_MS: '1000' };
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
});

describe('with the times of production, on Postgres', () => survivesCrashes(async () => undefined, REAL_TIMES));
describeWithRedis('with the times of production, on Redis', () => survivesCrashes(startRedis, REAL_TIMES));
