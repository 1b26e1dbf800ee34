import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/core/database/data-source.js';
import { Database } from '../../src/core/database/database.js';
import type { LiveBus, LiveMessage } from '../../src/core/live/live-bus.js';
import { PostgresLiveBus } from '../../src/core/live/postgres-live-bus.js';
import { RedisLiveBus } from '../../src/core/live/redis-live-bus.js';
import { adminUrl, createTestDatabase, runSql, type TestDatabase } from '../support/databases.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';
import { testSettings } from '../support/settings.js';
import { waitFor } from '../support/wait-for.js';

/** Two buses stand for two processes: what one publishes, the other hears. */
interface Pair {
  here: LiveBus;
  there: LiveBus;
}

/** Writes down what the bus hears on a topic. */
function listenTo(bus: LiveBus, topic: string): LiveMessage[] {
  const heard: LiveMessage[] = [];
  bus.subscribe(topic, (message) => heard.push(message));
  return heard;
}

/** A bus may need a moment to connect, and drops what is published before. */
async function untilHeard({ here, there }: Pair): Promise<void> {
  const topic = `probe ${Math.random()}`;
  const heard = listenTo(there, topic);
  await waitFor(
    () => {
      here.publish(topic, {});
      return heard.length > 0;
    },
    { what: 'a hint to come through', timeoutMs: 10_000 },
  );
}

function behavesAsABus(pair: () => Pair): void {
  it('carries hints to the other process, and back to its own', async () => {
    const { here, there } = pair();
    const [own, other, nobody] = [listenTo(here, 'chat:1'), listenTo(there, 'chat:1'), listenTo(there, 'chat:2')];
    here.publish('chat:1', { chatId: '1', seq: 7 });
    await waitFor(() => own.length > 0 && other.length > 0, { what: 'both to hear' });
    expect([own, other, nobody]).toEqual([[{ chatId: '1', seq: 7 }], [{ chatId: '1', seq: 7 }], []]);
  });

  it('carries many hints of one moment in order, though one payload cannot hold them', async () => {
    const { here, there } = pair();
    const heard = listenTo(there, 'chat:many');
    const text = 'Grüße '.repeat(50);
    const sent = Array.from({ length: 400 }, (_, seq) => ({ seq, text }));
    for (const message of sent) here.publish('chat:many', message);
    await waitFor(() => heard.length >= sent.length, { what: 'all hints' });
    expect(heard).toEqual(sent);
  });

  it('publishes without waiting, and to the next ones, though no subscriber is there', () => {
    expect(pair().here.publish('chat:nobody', { seq: 1 })).toBeUndefined();
  });
}

beforeAll(() => Logger.overrideLogger(false));

describe('PostgresLiveBus', () => {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  let database: Database;
  let buses: PostgresLiveBus[];

  beforeAll(async () => {
    testDatabase = await createTestDatabase('live');
    const options = dataSourceOptions(testSettings({ DATABASE_URL: testDatabase.url }));
    dataSource = await new DataSource({ ...options, logging: false }).initialize();
    database = new Database(dataSource);
    buses = [1, 2].map(() => new PostgresLiveBus(database, testDatabase.url));
    for (const bus of buses) await bus.onModuleInit();
  });

  afterAll(async () => {
    for (const bus of buses) await bus.onApplicationShutdown();
    await dataSource.destroy();
    await testDatabase.drop();
  });

  const pair = (): Pair => ({ here: buses[0], there: buses[1] });
  /** Of this test's database: other tests share the server. */
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

  it('drops a hint that is too long for Postgres, and carries the next one', async () => {
    const heard = listenTo(buses[1], 'chat:long');
    buses[0].publish('chat:long', { text: 'x'.repeat(9000) });
    buses[0].publish('chat:long', { seq: 2 });
    await waitFor(() => heard.length > 0, { what: 'the short hint' });
    expect(heard).toEqual([{ seq: 2 }]);
  });

  it('publishes outside of the transaction that it is called in', async () => {
    const heard = listenTo(buses[1], 'chat:transaction');
    const work = async (): Promise<void> => {
      buses[0].publish('chat:transaction', { seq: 1 });
      await waitFor(() => heard.length > 0, { what: 'the hint, before the commit' });
      throw new Error('rolled back');
    };
    await expect(database.transaction(work)).rejects.toThrow('rolled back');
  });

  it('survives what somebody else sends on its channel', async () => {
    await runSql(testDatabase.url, `SELECT pg_notify('parley_live', 'hello?')`);
    await untilHeard(pair());
  });

  it('connects again when its connection is killed, with one connection as before', async () => {
    await killListeners();
    await untilHeard(pair());
    await untilListening(2);
  });

  it('tries to connect at a steady pace while the database refuses, and goes on when it does no more', async () => {
    const bus = buses[1] as unknown as { listen(): Promise<void> };
    const listen = bus.listen.bind(bus);
    const triedAt: number[] = [];
    const tries = jest.spyOn(bus, 'listen').mockImplementation(() => {
      triedAt.push(performance.now());
      return listen();
    });
    const allowConnections = (allowed: boolean) =>
      runSql(adminUrl(), `ALTER DATABASE ${testDatabase.name} ALLOW_CONNECTIONS ${allowed}`);
    await allowConnections(false);
    await killListeners();
    await waitFor(() => triedAt.length >= 3, { what: 'the third try' });
    expect(triedAt[2] - triedAt[0]).toBeGreaterThan(800);
    tries.mockRestore();
    await allowConnections(true);
    await untilHeard(pair());
    await untilListening(2);
  });

  it('leaves no connection behind when it stops', async () => {
    const bus = new PostgresLiveBus(database, testDatabase.url);
    await untilListening(2);
    await bus.onModuleInit();
    await untilListening(3);
    await bus.onApplicationShutdown();
    await killListeners(); // by the time that these are back, it would be, too
    await untilHeard(pair());
    await untilListening(2);
  });
});

describeWithRedis('RedisLiveBus', () => {
  let redis: TestRedis;
  let buses: RedisLiveBus[];

  beforeAll(async () => {
    redis = (await startRedis())!;
    buses = [1, 2].map(() => new RedisLiveBus(redis.url));
    for (const bus of buses) bus.onModuleInit();
    await untilHeard(pair());
    await untilHeard({ here: buses[0], there: buses[0] });
  });

  afterAll(async () => {
    for (const bus of buses) bus.onApplicationShutdown();
    await redis.stop();
  });

  const pair = (): Pair => ({ here: buses[0], there: buses[1] });

  behavesAsABus(pair);

  it('goes on when Redis is back, and waits for nobody while it is away', async () => {
    const heard = listenTo(buses[1], 'chat:away');
    await redis.kill();
    await waitFor(() => buses.every((bus) => bus['publisher'].status !== 'ready'), { what: 'both to miss Redis' });
    for (let seq = 0; seq < 100; seq++) buses[0].publish('chat:away', { seq });
    await redis.restart();
    await untilHeard(pair());
    buses[0].publish('chat:away', { seq: 100 });
    await waitFor(() => heard.some(({ seq }) => seq === 100), { what: 'the first hint after the outage' });
  });

  it('does not keep a process from starting that Redis is away', () => {
    const bus = new RedisLiveBus('redis://127.0.0.1:1');
    bus.onModuleInit();
    expect(bus.publish('chat:1', { seq: 1 })).toBeUndefined();
    bus.onApplicationShutdown();
  });
});
