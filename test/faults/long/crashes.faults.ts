import { setTimeout as sleep } from 'node:timers/promises';
import type { TestRedis } from '../../support/redis.js';
import { respondOk } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { type CrashPlan, survivesCrashes } from '../crashes.js';
import { Deployment, distinct, gather } from '../deployment.js';
import { report, secondsSince } from './report.js';
import { onEachBackend, run, SLOTS } from './run.js';

/** As in production: 10 s for a callback, and 5 s of slack. */
const PRODUCTION_TIMES: CrashPlan = {
  chats: 20,
  messagesPerChat: 25,
  crashesAt: [0.1, 0.3, 0.5],
  callbackTimeoutMs: 10_000,
  leaseSlackMs: 5000,
};

/** Workers are killed, suspended or stopped. */
onEachBackend((backend, startBackend) => {
  let redis: TestRedis | undefined;
  beforeAll(async () => void (redis = await startBackend()));
  afterAll(() => redis?.stop());

  it('delivers all messages without faults', async () => {
    const outcome = await run({
      fault: `– ${backend}`,
      what: 'nothing goes wrong',
      redis,
      harm: async () => undefined,
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, duplicates: 0, rejected: [], alive: true });
  });

  it('F1: delivers all messages while workers are killed', async () => {
    const outcome = await run({
      fault: `F1 ${backend}`,
      what: 'kill -9 of a worker, 3 times',
      redis,
      async harm(deployment, progress) {
        for (const [index, share] of [0.1, 0.3, 0.5].entries()) {
          await progress(share);
          await deployment.replaceWorker(index % 2);
        }
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, rejected: [] });
    expect(outcome.duplicates).toBeLessThanOrEqual(3 * SLOTS);
  });

  it('F23: finishes the current attempts of a worker on SIGTERM', async () => {
    const outcome = await run({
      fault: `F23 ${backend}`,
      what: 'SIGTERM of a worker',
      redis,
      async harm({ workers: [{ program }] }, progress) {
        await progress(0.2);
        const startedAt = performance.now();
        const { code } = await program.kill('SIGTERM');
        expect([code, performance.now() - startedAt < 15_000]).toEqual([0, true]);
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, duplicates: 0 });
  });

  it('F23: finishes a callback of nine seconds on SIGTERM', async () => {
    const env = { CALLBACK_TIMEOUT_MS: '10000', CONNECTOR_ACK_TIMEOUT_MS: '10000' };
    const deployment = await Deployment.start({ redis, env });
    const { sink, client } = deployment;
    sink.setBehaviour((callback, response) => void setTimeout(() => respondOk(callback, response), 9000));
    const {
      chats: [{ person, id }],
    } = await gather(deployment, 1);
    await client.sendMessage(person, id, 'take your time');
    await waitFor(() => sink.received.length === 1, { what: 'the callback' });
    const startedAt = performance.now();
    const { code } = await deployment.workers[0].program.kill('SIGTERM');
    const seconds = secondsSince(startedAt);
    deployment.workers[0] = await deployment.spawn('worker');
    await sleep(2000);
    report({ fault: `F23 ${backend}`, what: 'SIGTERM during a callback of 9 s', events: 1, lost: 0, seconds });
    await deployment.stop();
    expect([code, seconds < 15, sink.received.length]).toEqual([0, true, 1]);
  });

  it('F24: rejects the late records of a worker that was suspended for 30 s', async () => {
    const outcome = await run({
      fault: `F24 ${backend}`,
      what: 'SIGSTOP of a worker for 30 s',
      redis,
      async harm({ workers: [{ program }] }, progress) {
        await progress(0.2);
        process.kill(program.pid, 'SIGSTOP');
        await sleep(30_000);
        process.kill(program.pid, 'SIGCONT');
        // It tries to record under its expired leases.
        await waitFor(() => program.output.includes('was taken over'), { what: 'a rejected late record' });
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, rejected: [], alive: true });
    expect(outcome.duplicates).toBeLessThanOrEqual(SLOTS);
  });

  describe('with the times of production', () => survivesCrashes(startBackend, PRODUCTION_TIMES));

  it('F19: stores one message for 50 concurrent sends with one key on two processes', async () => {
    const deployment = await Deployment.start({ redis });
    const { client, sink } = deployment;
    const second = await deployment.spawnApi();
    const {
      chats: [{ person, id }],
    } = await gather(deployment, 1);
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, n) => (n % 2 ? client : second).sendMessage(person, id, 'once', 'the-key')),
    );
    await waitFor(() => sink.received.length > 0, { what: 'the callback' });
    await sleep(1000);
    const ids = new Set(responses.map((response) => response.id)).size;
    const note = `${responses.length} answers with ${ids} id`;
    report({ fault: `F19 ${backend}`, what: 'one key, 50 times at once, 2 APIs', events: 1, lost: 0, note });
    await deployment.stop();
    expect([ids, distinct(sink.received), sink.received.length]).toEqual([1, 1, 1]);
  });
});
