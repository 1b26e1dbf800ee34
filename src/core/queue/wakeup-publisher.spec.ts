import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ModuleRef } from '@nestjs/core';
import { runInContext } from '../context/request-context.js';
import { WakeupPublisher } from './wakeup-publisher.js';
import type { QueueDefinition } from './queue-definition.js';

const QUEUE: QueueDefinition = { name: 'delivery-wakeup', concurrency: () => 1 };
const OTHER: QueueDefinition = { name: 'chat-wakeup', concurrency: () => 1 };

interface Job {
  name: string;
  data: Record<string, string>;
  opts: object;
}

/** Queues that record their jobs and respond when the test releases them. */
class FakeQueues {
  readonly calls: { queue: string; jobs: Job[]; finish: (error?: Error) => void }[] = [];
  /** Respond at once. */
  isQuick = true;

  readonly moduleRef = {
    get: (token: string) => ({ addBulk: (jobs: Job[]) => this.addBulk(token, jobs) }),
  } as unknown as ModuleRef;

  private addBulk(token: string, jobs: Job[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (error?: Error) => (error ? reject(error) : resolve());
      this.calls.push({ queue: token, jobs, finish });
      if (this.isQuick) finish();
    });
  }

  get data(): Record<string, string>[] {
    return this.calls.flatMap(({ jobs }) => jobs.map((job) => job.data));
  }
}

describe('WakeupPublisher', () => {
  let queues: FakeQueues;
  let publisher: WakeupPublisher;
  let warn: jest.SpyInstance;

  beforeEach(() => {
    queues = new FakeQueues();
    publisher = new WakeupPublisher(queues.moduleRef);
    warn = jest.spyOn(publisher['logger'], 'warn').mockReturnValue();
    jest.spyOn(publisher['logger'], 'log').mockReturnValue();
  });

  const enqueue = (...ids: string[]): void => ids.forEach((id) => publisher.enqueue(QUEUE, id, { id }));

  it('enqueues the wake-ups of one moment in one call, each once, with ids only', async () => {
    enqueue('a', 'b', 'a');
    expect(queues.calls).toEqual([]);
    await nextTurn();
    expect(queues.calls).toHaveLength(1);
    const opts = { attempts: 1, removeOnComplete: true, removeOnFail: true };
    expect(queues.calls[0].jobs).toEqual([
      { name: 'delivery-wakeup', data: { id: 'a' }, opts: { ...opts, deduplication: { id: 'a' } } },
      { name: 'delivery-wakeup', data: { id: 'b' }, opts: { ...opts, deduplication: { id: 'b' } } },
    ]);
  });

  it('adds a delayed job in addition to the due one and replaces an earlier delayed job', async () => {
    enqueue('a');
    publisher.enqueue(QUEUE, 'a', { id: 'a' }, { delayMs: 9000 });
    publisher.enqueue(QUEUE, 'a', { id: 'a' }, { delayMs: 2000 });
    await nextTurn();
    expect(queues.calls[0].jobs.map(({ opts }) => opts)).toMatchObject([
      { deduplication: { id: 'a' } },
      { deduplication: { id: 'delayed:a', replace: true }, delay: 2000 },
    ]);
  });

  it('enqueues a later wake-up with the same key again', async () => {
    enqueue('a');
    await nextTurn();
    enqueue('a');
    await nextTurn();
    expect(queues.data).toEqual([{ id: 'a' }, { id: 'a' }]);
  });

  it('adds the id of the request that caused the wake-up', async () => {
    runInContext({ requestId: 'r-1' }, () => enqueue('a'));
    await nextTurn();
    expect(queues.data).toEqual([{ id: 'a', requestId: 'r-1' }]);
  });

  it('buffers during a call, and no queue waits for another', async () => {
    queues.isQuick = false;
    enqueue('a');
    await nextTurn();
    enqueue('b', 'c', 'b');
    publisher.enqueue(OTHER, 'x', { id: 'x' });
    await nextTurn();
    expect(queues.data).toEqual([{ id: 'a' }, { id: 'x' }]);
    queues.calls[0].finish();
    await nextTurn();
    expect(queues.data).toEqual([{ id: 'a' }, { id: 'x' }, { id: 'b' }, { id: 'c' }]);
  });

  it('never blocks and limits the buffered wake-ups while the queue does not respond', async () => {
    queues.isQuick = false;
    enqueue('a');
    await nextTurn();
    for (let index = 0; index < 10_100; index++) enqueue(`wakeup ${index}`);
    queues.calls[0].finish();
    queues.isQuick = true;
    await nextTurn();
    expect(queues.data).toHaveLength(10_001);
    expect(Math.max(...queues.calls.map(({ jobs }) => jobs.length))).toBe(500);
  });

  it('logs one warning for an outage of a queue, and enqueues later wake-ups', async () => {
    queues.isQuick = false;
    for (const id of ['a', 'b', 'c']) {
      enqueue(id);
      await nextTurn();
      queues.calls.at(-1)!.finish(new Error('no queue'));
      await nextTurn();
    }
    expect(warn).toHaveBeenCalledTimes(1);

    queues.isQuick = true;
    enqueue('d');
    await nextTurn();
    expect(queues.data.at(-1)).toEqual({ id: 'd' });
    await nextTurn();

    queues.isQuick = false;
    enqueue('e');
    await nextTurn();
    queues.calls.at(-1)!.finish(new Error('no queue'));
    await nextTurn();
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it('enqueues nothing once the process stops', async () => {
    publisher.onApplicationShutdown();
    enqueue('a');
    await nextTurn();
    expect(queues.calls).toEqual([]);
  });
});
