import { runSql } from '../support/databases.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';
import { waitFor } from '../support/wait-for.js';
import { type ClientApis, startClientApis } from './client/client-caller.js';

function tests(start: () => Promise<TestRedis | undefined>): void {
  let redis: TestRedis | undefined;
  let apis: ClientApis;

  beforeAll(async () => {
    redis = await start();
    apis = await startClientApis({ ROLES: ['api', 'worker'], REDIS_URL: redis?.url });
  });

  afterAll(async () => {
    await apis.close();
    await redis?.stop();
  });

  const remaining = () =>
    runSql(apis.settings.databaseUrl, 'SELECT FROM messages UNION ALL SELECT FROM deletion_tasks');

  it('deletes the rows of a deleted chat and reports the remaining tasks in metrics', async () => {
    const [alice, bot] = [await apis.signUp(), await apis.createBot()];
    const chat = await alice.post('/chat', { botId: bot.id });
    await alice.post('/chat/message', { chatId: chat.body.id, body: 'soon gone' });
    await alice.delete(`/chat/${chat.body.id}`);
    await waitFor(async () => (await remaining()).length === 0, {
      what: 'the deletion of the rows',
      timeoutMs: 20_000,
    });
    const metrics = await (await fetch(`${apis.url}/metrics`)).text();
    expect(metrics).toContain('\nparley_deletion_tasks 0\n');
    expect(metrics).toContain('\nparley_deletion_oldest_task_seconds 0\n');
  });

  it('processes a task whose wake-up was lost', async () => {
    await runSql(
      apis.settings.databaseUrl,
      `INSERT INTO deletion_tasks (kind, subject_id, until) VALUES ('chat', 'nowhere', 1)`,
    );
    await waitFor(async () => (await remaining()).length === 0, {
      what: 'the completion of the task',
      timeoutMs: 20_000,
    });
  });
}

describe('the deletion worker with the queue on Postgres', () => tests(() => Promise.resolve(undefined)));
describeWithRedis('the deletion worker with the queue on Redis', () => tests(startRedis));
