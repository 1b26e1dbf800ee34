import { getQueueToken, WorkerHost } from '@nestjs/bullmq';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Job, Queue } from 'bullmq';
import { coreModules } from '../../src/app/core.modules.js';
import { Metrics } from '../../src/core/health/metrics.js';
import { WakeupPublisher } from '../../src/core/queue/wakeup-publisher.js';
import type { QueueDefinition } from '../../src/core/queue/queue-definition.js';
import { QueueProcessor, QueueWorkersModule } from '../../src/core/queue/queue-workers.module.js';
import { DeliveryWakeups } from '../../src/modules/deliveries/delivery-wakeups.js';
import { createMigratedDatabase } from '../support/migrated-database.js';
import type { TestDatabase } from '../support/databases.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';
import { testSettings } from '../support/settings.js';
import { type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';
import { deliveryFixtures } from './delivery-fixtures.js';

const QUEUE: QueueDefinition = { name: 'wakeup-test', concurrency: () => 1 };

@QueueProcessor(QUEUE)
class HeldProcessor extends WorkerHost {
  started = 0;
  private readonly held: (() => void)[] = [];

  async process(_job: Job): Promise<void> {
    this.started++;
    await new Promise<void>((resolve) => this.held.push(resolve));
  }

  endAll(): void {
    for (const end of this.held.splice(0)) end();
  }
}

const jobsOf = (queue: Queue) => queue.getJobCounts('waiting', 'active', 'delayed');

/** The tests of each backend of the queue. */
function deduplicatesWakeups(startBackend: () => Promise<TestRedis | undefined>): void {
  let redis: TestRedis | undefined;
  let database: TestDatabase;
  let module: TestingModule;
  let queue: Queue;
  let processor: HeldProcessor;
  let publisher: WakeupPublisher;

  beforeAll(async () => {
    redis = await startBackend();
    database = await createMigratedDatabase();
    const settings = testSettings({ DATABASE_URL: database.url, REDIS_URL: redis?.url ?? '' });
    module = await Test.createTestingModule({
      imports: [...coreModules(settings, [QUEUE]), QueueWorkersModule],
      providers: [HeldProcessor],
    })
      .setLogger(false as never)
      .compile();
    await module.init();
    queue = module.get(getQueueToken(QUEUE.name), { strict: false });
    [processor, publisher] = [module.get(HeldProcessor), module.get(WakeupPublisher, { strict: false })];
  }, 30_000);

  afterAll(async () => {
    processor.endAll();
    await module.close();
    await database.drop();
    await redis?.stop();
  });

  const enqueue = (id: string, delayMs?: number): void =>
    publisher.enqueue(QUEUE, id, { id }, delayMs === undefined ? {} : { delayMs });

  it('starts one more job for all wake-ups that arrive while a job of the same key is active', async () => {
    enqueue('a');
    await waitFor(() => processor.started === 1, { what: 'the job' });
    const sent = jest.spyOn(queue, 'addBulk');
    for (let n = 1; n <= 5; n++) {
      enqueue('a');
      await waitFor(() => sent.mock.calls.length === n, { what: 'the enqueued wake-up' });
      await sent.mock.results[n - 1].value;
    }
    // It waits in the queue, where another worker can take it.
    expect(await jobsOf(queue)).toMatchObject({ active: 1, waiting: 1 });
    processor.endAll();
    await waitFor(() => processor.started === 2, { what: 'the second job' });
    processor.endAll();
    await waitFor(async () => (await jobsOf(queue)).active === 0, { what: 'the end of both' });
    expect([processor.started, await queue.count()]).toEqual([2, 0]);
  });

  it('keeps one delayed job for each key, with the newest time, and the due job', async () => {
    const before = processor.started;
    enqueue('b', 3_600_000);
    enqueue('c', 3_600_000);
    await waitFor(async () => (await jobsOf(queue)).delayed === 2, { what: 'the delayed jobs' });
    enqueue('b');
    await waitFor(() => processor.started === before + 1, { what: 'the due job' });
    expect((await jobsOf(queue)).delayed).toBe(2);
    const metrics = await module.get(Metrics, { strict: false }).registry.metrics();
    expect(metrics).toContain(`parley_queue_jobs{queue="${QUEUE.name}",state="delayed"} 2`);
    expect(metrics).toContain(`parley_queue_jobs{queue="${QUEUE.name}",state="active"} 1`);
    processor.endAll();
    enqueue('b', 10);
    await waitFor(() => processor.started === before + 2, { what: 'the delayed job', timeoutMs: 10_000 });
    expect((await jobsOf(queue)).delayed).toBe(1);
    processor.endAll();
  });

  describe('without workers', () => {
    let domain: RunningDomain;
    let sink: Sink;
    const { aChat } = deliveryFixtures(
      () => domain,
      () => sink,
    );

    beforeAll(async () => {
      sink = await startSink();
      domain = await startDomain({ REDIS_URL: redis?.url ?? '' });
    }, 30_000);
    afterAll(async () => {
      await domain.close();
      await sink.close();
    });

    it('keeps one job for each chat, regardless of the number of messages', async () => {
      const chats = await Promise.all(Array.from({ length: 8 }, () => aChat()));
      for (let n = 0; n < 5; n++) await Promise.all(chats.map(({ say }) => say(`message ${n}`)));
      const chatQueue = domain.module.get<Queue>(getQueueToken('chat-wakeup'), { strict: false });
      await waitFor(async () => (await chatQueue.count()) >= 8, { what: 'the wake-ups' });
      const sent = jest.spyOn(chatQueue, 'addBulk');
      await Promise.all(chats.map(({ say }) => say('one more')));
      await waitFor(() => sent.mock.calls.flatMap(([jobs]) => jobs).length === 8, { what: 'the last wake-ups' });
      await Promise.all(sent.mock.results.map(({ value }) => value as Promise<unknown>));
      expect(await chatQueue.count()).toBe(8);
    });

    it('holds one job for each shard of an endpoint, beside the job of the endpoint itself', async () => {
      const queue = domain.module.get<Queue>(getQueueToken('delivery-wakeup'), { strict: false });
      const wakeups = domain.module.get(DeliveryWakeups, { strict: false });
      const sent = jest.spyOn(queue, 'addBulk');
      const before = await queue.count();
      for (let n = 0; n < 3; n++) {
        wakeups.enqueueEndpoint('sharded');
        wakeups.enqueueShard('sharded', 1);
        wakeups.enqueueShard('sharded', 2);
        await waitFor(() => sent.mock.calls.length === n + 1, { what: 'the wake-ups' });
        await sent.mock.results[n].value;
      }
      const jobs = (await queue.getJobs(['waiting'])).map(({ data }) => data as { endpointId: string; shard?: string });
      const ours = jobs.filter(({ endpointId }) => endpointId === 'sharded');
      expect(ours.map(({ shard }) => shard ?? '0').sort()).toEqual(['0', '1', '2']);
      expect(await queue.count()).toBe(before + 3);
    });
  });
}

describe('wake-ups, with the queue on Postgres', () => deduplicatesWakeups(async () => undefined));
describeWithRedis('wake-ups, with the queue on Redis', () => deduplicatesWakeups(startRedis));
