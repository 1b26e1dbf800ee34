import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/core/database/data-source.js';
import { Database } from '../../src/core/database/database.js';
import type { PubSub, PubSubMessage } from '../../src/core/pubsub/pubsub.js';
import { PostgresPubSub } from '../../src/core/pubsub/postgres-pubsub.js';
import { RedisPubSub } from '../../src/core/pubsub/redis-pubsub.js';
import { adminUrl, createTestDatabase, runSql, type TestDatabase } from '../support/databases.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';
import { testSettings } from '../support/settings.js';
import { waitFor } from '../support/wait-for.js';

/** Two buses, as of two processes, which receive each other's messages. */
interface Pair {
  here: PubSub;
  there: PubSub;
}

/** Records the messages of a topic. */
function record(bus: PubSub, topic: string): PubSubMessage[] {
  const received: PubSubMessage[] = [];
  bus.subscribe(topic, (message) => received.push(message));
  return received;
}

/** Waits until the bus is connected: it drops earlier messages. */
async function untilConnected({ here, there }: Pair): Promise<void> {
  const topic = `probe ${Math.random()}`;
  const received = record(there, topic);
  await waitFor(
    () => {
      here.publish(topic, {});
      return received.length > 0;
    },
    { what: 'a received message', timeoutMs: 10_000 },
  );
}

function behavesAsABus(pair: () => Pair): void {
  it('delivers messages to the other process and to its own', async () => {
    const { here, there } = pair();
    const [own, other, unrelated] = [record(here, 'chat:1'), record(there, 'chat:1'), record(there, 'chat:2')];
    here.publish('chat:1', { chatId: '1', seq: 7 });
    await waitFor(() => own.length > 0 && other.length > 0, { what: 'both to receive it' });
    expect([own, other, unrelated]).toEqual([[{ chatId: '1', seq: 7 }], [{ chatId: '1', seq: 7 }], []]);
  });

  it('delivers many simultaneous messages in order, in several payloads', async () => {
    const { here, there } = pair();
    const received = record(there, 'chat:many');
    const text = 'Grüße '.repeat(50);
    const sent = Array.from({ length: 400 }, (_, seq) => ({ seq, text }));
    for (const message of sent) here.publish('chat:many', message);
    await waitFor(() => received.length >= sent.length, { what: 'all messages' });
    expect(received).toEqual(sent);
  });

  it('publishes without waiting, also without subscribers', () => {
    expect(pair().here.publish('chat:unsubscribed', { seq: 1 })).toBeUndefined();
  });
}

beforeAll(() => Logger.overrideLogger(false));

describe('PostgresPubSub', () => {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  let database: Database;
  let buses: PostgresPubSub[];

  beforeAll(async () => {
    testDatabase = await createTestDatabase('live');
    const options = dataSourceOptions(testSettings({ DATABASE_URL: testDatabase.url }));
    dataSource = await new DataSource({ ...options, logging: false }).initialize();
    database = new Database(dataSource);
    buses = [1, 2].map(() => new PostgresPubSub(database, testDatabase.url));
    for (const bus of buses) await bus.onModuleInit();
  });

  afterAll(async () => {
    for (const bus of buses) await bus.onApplicationShutdown();
    await dataSource.destroy();
    await testDatabase.drop();
  });

  const pair = (): Pair => ({ here: buses[0], there: buses[1] });
  /** Only of this test's database: other tests share the server. */
  const onListeners = (expression: string): Promise<object[]> =>
    runSql(
      adminUrl(),
      `SELECT ${expression} FROM pg_stat_activity
       WHERE application_name = 'parley-live' AND datname = '${testDatabase.name}'`,
    );
  const listeners = () => onListeners('pid');
  const untilListening = (count: number): Promise<true> =>
    waitFor(async () => ((await listeners()).length === count ? true : undefined), { what: `${count} connections` });
  const killListeners = () => onListeners('pg_terminate_backend(pid)');

  behavesAsABus(pair);

  it('drops a message that is too long for Postgres, and delivers the next one', async () => {
    const received = record(buses[1], 'chat:long');
    buses[0].publish('chat:long', { text: 'x'.repeat(9000) });
    buses[0].publish('chat:long', { seq: 2 });
    await waitFor(() => received.length > 0, { what: 'the short message' });
    expect(received).toEqual([{ seq: 2 }]);
  });

  it('publishes outside of the open transaction', async () => {
    const received = record(buses[1], 'chat:transaction');
    const work = async (): Promise<void> => {
      buses[0].publish('chat:transaction', { seq: 1 });
      await waitFor(() => received.length > 0, { what: 'the message, before the commit' });
      throw new Error('rolled back');
    };
    await expect(database.transaction(work)).rejects.toThrow('rolled back');
  });

  it('ignores foreign payloads on its channel', async () => {
    await runSql(testDatabase.url, `SELECT pg_notify('parley_live', 'hello?')`);
    await untilConnected(pair());
  });

  it('reconnects with one connection after its connection is killed', async () => {
    await killListeners();
    await untilConnected(pair());
    await untilListening(2);
  });

  it('retries at a constant interval while the database refuses connections, and then reconnects', async () => {
    const bus = buses[1] as unknown as { listen(): Promise<void> };
    const listen = bus.listen.bind(bus);
    const attemptedAt: number[] = [];
    const attempts = jest.spyOn(bus, 'listen').mockImplementation(() => {
      attemptedAt.push(performance.now());
      return listen();
    });
    const allowConnections = (allowed: boolean) =>
      runSql(adminUrl(), `ALTER DATABASE ${testDatabase.name} ALLOW_CONNECTIONS ${allowed}`);
    await allowConnections(false);
    await killListeners();
    await waitFor(() => attemptedAt.length >= 3, { what: 'the third attempt' });
    expect(attemptedAt[2] - attemptedAt[0]).toBeGreaterThan(800);
    attempts.mockRestore();
    await allowConnections(true);
    await untilConnected(pair());
    await untilListening(2);
  });

  it('leaves no connection behind when it stops', async () => {
    const bus = new PostgresPubSub(database, testDatabase.url);
    await untilListening(2);
    await bus.onModuleInit();
    await untilListening(3);
    await bus.onApplicationShutdown();
    await killListeners(); // the stopped bus would reconnect within the same time
    await untilConnected(pair());
    await untilListening(2);
  });
});

describeWithRedis('RedisPubSub', () => {
  let redis: TestRedis;
  let buses: RedisPubSub[];

  beforeAll(async () => {
    redis = (await startRedis())!;
    buses = [1, 2].map(() => new RedisPubSub(redis.url));
    for (const bus of buses) bus.onModuleInit();
    await untilConnected(pair());
    await untilConnected({ here: buses[0], there: buses[0] });
  });

  afterAll(async () => {
    for (const bus of buses) bus.onApplicationShutdown();
    await redis.stop();
  });

  const pair = (): Pair => ({ here: buses[0], there: buses[1] });

  behavesAsABus(pair);

  it('publishes without waiting while Redis is down, and reconnects afterwards', async () => {
    const received = record(buses[1], 'chat:outage');
    await redis.kill();
    await waitFor(() => buses.every((bus) => bus['publisher'].status !== 'ready'), {
      what: 'both to lose the connection',
    });
    for (let seq = 0; seq < 100; seq++) buses[0].publish('chat:outage', { seq });
    await redis.restart();
    await untilConnected(pair());
    buses[0].publish('chat:outage', { seq: 100 });
    await waitFor(() => received.some(({ seq }) => seq === 100), { what: 'the first message after the outage' });
  });

  it('starts while Redis is down', () => {
    const bus = new RedisPubSub('redis://127.0.0.1:1');
    bus.onModuleInit();
    expect(bus.publish('chat:1', { seq: 1 })).toBeUndefined();
    bus.onApplicationShutdown();
  });
});
