import { ClientApi } from '../support/client-api.js';
import type { TestDatabase } from '../support/databases.js';
import { createMigratedDatabase } from '../support/migrated-database.js';
import { type ParleyProcess, startParley } from '../support/parley-process.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';
import { respondOk, type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';

const MESSAGES = 15;

/** Far above the time of a send, far below a wait for a callback (10 s) or for Redis. */
const MAX_SEND_MS = 2000;

describeWithRedis('an outage of Redis', () => {
  let redis: TestRedis;
  let database: TestDatabase;
  let sink: Sink;
  let processes: ParleyProcess[] = [];
  let client: ClientApi;

  beforeAll(async () => {
    redis = (await startRedis())!;
    database = await createMigratedDatabase();
    sink = await startSink();
    const options = { databaseUrl: database.url, redisUrl: redis.url };
    processes = await Promise.all([
      startParley({ role: 'api', ...options }),
      startParley({ role: 'worker', ...options }),
    ]);
    client = new ClientApi(processes[0].url);
  }, 60_000);

  afterAll(async () => {
    await Promise.all(processes.map(({ program }) => program.kill('SIGKILL')));
    await sink.close();
    await redis.stop();
    await database.drop();
  });

  it('neither delays sends nor loses messages', async () => {
    const bot = await client.createBot('Bot');
    await client.setWebhook(bot.key, `${sink.url}/bot`);
    const person = await client.logIn('Mia');
    const chatId = await client.createChat(person, bot.id);
    let respond = (): void => undefined;
    sink.setBehaviour((callback, response) => void (respond = () => respondOk(callback, response)));
    await client.sendMessage(person, chatId, 'before');
    await waitFor(() => sink.received.length === 1, { what: 'the pending callback' });

    await redis.kill();
    const sentIds: string[] = [];
    for (let n = 0; n < MESSAGES; n++) {
      const startedAt = performance.now();
      sentIds.push((await client.sendMessage(person, chatId, `message ${n}`)).id);
      expect(performance.now() - startedAt).toBeLessThan(MAX_SEND_MS);
    }
    const health = await fetch(`${processes[0].url}/health/ready`);
    expect([health.status, ((await health.json()) as { status: string }).status]).toEqual([200, 'degraded']);

    sink.setBehaviour(respondOk);
    respond();
    await redis.restart();
    const deliveredIds = () => [...new Set(sink.received.map(({ headers }) => headers['webhook-id']))].slice(1);
    await waitFor(() => deliveredIds().length === MESSAGES, { what: 'all messages at the bot', timeoutMs: 40_000 });
    expect(deliveredIds()).toEqual(sentIds.map((id) => `evt_${id}`));
  }, 90_000);
});
