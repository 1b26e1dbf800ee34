import { Database, statement } from '../../src/core/database/database.js';
import { DomainError } from '../../src/core/errors/domain.error.js';
import { FailureThrottle } from '../../src/core/throttle/failure-throttle.js';
import { RetentionRepository } from '../../src/modules/deliveries/housekeeping/housekeeping.repository.js';
import { type RunningApp, startApp } from '../support/app.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';

const queuesAt = (app: RunningApp, authorization: string) =>
  fetch(`${app.url}/admin/queues/api/queues`, { headers: { authorization } });

/** Tests for each backend of the queue. */
function testQueueBoard(start: () => Promise<RunningApp>): void {
  let app: RunningApp;
  beforeAll(async () => void (app = await start()));
  afterAll(() => app.close());

  it('shows the queues with the admin key as the header or as the Basic password', async () => {
    const key = app.settings.ADMIN_SECRET_KEY;
    for (const authorization of [key, `Basic ${Buffer.from(`admin:${key}`).toString('base64')}`]) {
      const response = await queuesAt(app, authorization);
      expect(response.status).toBe(200);
      const { queues } = (await response.json()) as { queues: { name: string }[] };
      expect(queues.map(({ name }) => name)).toEqual(expect.arrayContaining(['chat-wakeup', 'delivery-wakeup']));
    }
    expect((await fetch(`${app.url}/admin/queues`, { headers: { authorization: key } })).status).toBe(200);
  });

  it('rejects other credentials with 401', async () => {
    for (const authorization of ['', 'wrong', `Basic ${Buffer.from('admin:wrong').toString('base64')}`]) {
      const response = await queuesAt(app, authorization);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="Parley"']);
    }
  });

  it('rejects too many failed attempts with 429', async () => {
    const throttle = app.app.get(FailureThrottle);
    const refused = jest.spyOn(throttle, 'fail').mockImplementation(() => {
      throw new DomainError('rate_limited', 'auth.too_many_failures', 'Wait.', { retryAfterSeconds: 7 });
    });
    const response = await queuesAt(app, 'a guess');
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await queuesAt(app, app.settings.ADMIN_SECRET_KEY)).status).toBe(200);
    refused.mockRestore();
  });

  it('rejects changes', async () => {
    const response = await fetch(`${app.url}/admin/queues/api/queues/delivery-wakeup/pause`, {
      method: 'PUT',
      headers: { authorization: app.settings.ADMIN_SECRET_KEY },
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
  });
}

describe('queue board on PostgreSQL', () => {
  testQueueBoard(() => startApp());

  it('serves delivery metrics, and deletes events after their retention', async () => {
    const app = await startApp({ ROLES: ['api', 'worker'] });
    try {
      const metrics = await (await fetch(`${app.url}/metrics`)).text();
      for (const name of [
        'parley_subscriptions_ready 0',
        'parley_oldest_ready_subscription_seconds 0',
        'parley_endpoint_circuits_open 0',
      ]) {
        expect(metrics).toContain(name);
      }
      const database = app.app.get(Database, { strict: false });
      const add = statement(
        'test.events',
        `INSERT INTO delivery_events (at, type, endpoint_id, bot_id)
         SELECT now() - n * interval '1 day', 'endpoint.failing', 'e', 'b' FROM generate_series(1, 40) n`,
      );
      await database.query(add);
      expect(await app.app.get(RetentionRepository, { strict: false }).clean('events', 30)).toBe(11);
    } finally {
      await app.close();
    }
  });
});

describeWithRedis('queue board on Redis', () => {
  let redis: TestRedis;
  afterAll(() => redis.stop());
  testQueueBoard(async () => {
    redis = (await startRedis())!;
    return startApp({ REDIS_URL: redis.url });
  });
});
