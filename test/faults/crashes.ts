import { Webhook } from 'standardwebhooks';
import type { TestRedis } from '../support/redis.js';
import { respondOk, type ReceivedCallback } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';
import { Deployment, distinct, gather, evaluate, received, sayAll } from './deployment.js';

/** The number of messages, and the time until other workers take over the subscriptions of a killed one. */
export interface CrashPlan {
  chats: number;
  messagesPerChat: number;
  /** Shares of the messages after which a worker is killed, and Redis, if used, is flushed. */
  crashesAt: readonly number[];
  /** Timeout of one callback. A subscription stays leased for this time and the slack. */
  callbackTimeoutMs: number;
  leaseSlackMs: number;
}

/** Short enough for every test run. */
export const SHORT: CrashPlan = {
  chats: 10,
  messagesPerChat: 15,
  crashesAt: [0.4],
  callbackTimeoutMs: 600,
  leaseSlackMs: 400,
};

/** The sweeper runs twice a second. */
const SWEEP_MS = 1000;
const TOLERANCE_MS = 1500;

function expectSigned(callbacks: readonly ReceivedCallback[], secret: string): void {
  const webhook = new Webhook(secret);
  for (const { headers, body } of callbacks) {
    webhook.verify(body, headers as Record<string, string>);
  }
}

/** The tests for each backend of the queue. */
export function survivesCrashes(startBackend: () => Promise<TestRedis | undefined>, plan: CrashPlan): void {
  const { chats, messagesPerChat, callbackTimeoutMs, leaseSlackMs } = plan;
  const total = chats * messagesPerChat;
  let redis: TestRedis | undefined;
  let deployment!: Deployment;

  beforeAll(async () => {
    redis = await startBackend();
    const env = {
      CALLBACK_TIMEOUT_MS: String(callbackTimeoutMs),
      CONNECTOR_ACK_TIMEOUT_MS: String(callbackTimeoutMs),
      DELIVERY_LEASE_SLACK_MS: String(leaseSlackMs),
    };
    deployment = await Deployment.start({ redis, env });
  }, 30_000);

  afterAll(async () => {
    await deployment?.stop();
    await redis?.stop();
  });

  it('loses no message and keeps the order while workers are killed and the queue is flushed', async () => {
    const { sink } = deployment;
    sink.setBehaviour((callback, response) => void setTimeout(() => respondOk(callback, response), 2));
    const audience = await gather(deployment, chats);
    const sending = sayAll(deployment, audience, messagesPerChat);
    for (const share of plan.crashesAt) {
      await received(sink, total * share);
      await deployment.replaceWorker();
      await redis?.flushAll();
    }
    await sending;
    await received(sink, total);
    expect(evaluate(sink.received, chats, messagesPerChat)).toMatchObject({ lost: 0, outOfOrder: 0 });
    expect(distinct(sink.received)).toBe(total);
    expectSigned(sink.received, audience.secret);
  }, 120_000);

  it('sends a message again when its lease expires after its worker was killed during the attempt', async () => {
    const { sink, client } = deployment;
    const {
      chats: [{ person, id }],
    } = await gather(deployment, 1, '/slow');
    const attempts = () => sink.received.filter(({ path }) => path === '/slow');
    sink.setBehaviour((callback, response) => (attempts().length > 1 ? respondOk(callback, response) : undefined));
    await client.sendMessage(person, id, 'wake up');
    await waitFor(() => attempts().length === 1, { what: 'the first attempt' });
    const killedAt = Date.now();
    await deployment.replaceWorker();
    // The lease may expire before the new worker has started.
    const dueAt = Math.max(Date.now(), killedAt + callbackTimeoutMs + leaseSlackMs);
    const timeoutMs = callbackTimeoutMs + leaseSlackMs + 10_000;
    await waitFor(() => attempts().length === 2, { what: 'the second attempt', timeoutMs });
    expect(attempts()[1].at).toBeLessThan(dueAt + SWEEP_MS + TOLERANCE_MS);
    expect(attempts()[1].headers['webhook-id']).toBe(attempts()[0].headers['webhook-id']);
    expect(attempts()[1].body).toBe(attempts()[0].body);
  }, 60_000);
}
