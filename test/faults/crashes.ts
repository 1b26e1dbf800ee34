import { Webhook } from 'standardwebhooks';
import type { TestRedis } from '../support/redis.js';
import { answerOk, type ReceivedCallback } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';
import { Deployment, distinct, gather, judge, received, sayAll } from './deployment.js';

/** How much is said, and how soon a killed worker's lanes are taken over. */
export interface CrashPlan {
  chats: number;
  messagesPerChat: number;
  /** Shares of the messages after which a worker is killed. With Redis, it forgets everything each time, too. */
  crashesAt: readonly number[];
  /** For one callback; a lane stays leased for this, and the slack. */
  callbackTimeoutMs: number;
  leaseSlackMs: number;
}

/** The form that every test run can afford. */
export const SHORT: CrashPlan = {
  chats: 10,
  messagesPerChat: 15,
  crashesAt: [0.4],
  callbackTimeoutMs: 600,
  leaseSlackMs: 400,
};

/** The sweeper looks twice a second. */
const SWEEP_MS = 1000;
const FOR_ALL_ELSE_MS = 1500;

function expectSigned(callbacks: readonly ReceivedCallback[], secret: string): void {
  const webhook = new Webhook(secret);
  for (const { headers, body } of callbacks) {
    webhook.verify(body, headers as Record<string, string>);
  }
}

/** The tests that each backend of the queue has to pass. */
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

  it('loses nothing and keeps the order while workers are killed and the queue forgets', async () => {
    const { sink } = deployment;
    sink.behave((callback, response) => void setTimeout(() => answerOk(callback, response), 2));
    const audience = await gather(deployment, chats);
    const saying = sayAll(deployment, audience, messagesPerChat);
    for (const share of plan.crashesAt) {
      await received(sink, total * share);
      await deployment.replaceWorker();
      await redis?.flushAll();
    }
    await saying;
    await received(sink, total);
    expect(judge(sink.received, chats, messagesPerChat)).toMatchObject({ lost: 0, outOfOrder: 0 });
    expect(distinct(sink.received)).toBe(total);
    expectSigned(sink.received, audience.secret);
  }, 120_000);

  it('sends a message again, as soon as its lease is over, when its worker was killed in the middle', async () => {
    const { sink, client } = deployment;
    const {
      chats: [{ person, id }],
    } = await gather(deployment, 1, '/sleeper');
    const tries = () => sink.received.filter(({ path }) => path === '/sleeper');
    sink.behave((callback, response) => (tries().length > 1 ? answerOk(callback, response) : undefined));
    await client.say(person, id, 'wake up');
    await waitFor(() => tries().length === 1, { what: 'the first try' });
    const killedAt = Date.now();
    await deployment.replaceWorker();
    // The lease may be over before the new worker has started, which takes what it takes.
    const dueAt = Math.max(Date.now(), killedAt + callbackTimeoutMs + leaseSlackMs);
    const timeoutMs = callbackTimeoutMs + leaseSlackMs + 10_000;
    await waitFor(() => tries().length === 2, { what: 'the second try', timeoutMs });
    expect(tries()[1].at).toBeLessThan(dueAt + SWEEP_MS + FOR_ALL_ELSE_MS);
    expect(tries()[1].headers['webhook-id']).toBe(tries()[0].headers['webhook-id']);
    expect(tries()[1].body).toBe(tries()[0].body);
  }, 60_000);
}
