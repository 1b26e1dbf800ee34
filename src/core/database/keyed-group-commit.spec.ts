import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConnectionLostError } from './database.js';
import { type Batch, BUSY, KeyedGroupCommit, type KeyedCommit } from './keyed-group-commit.js';

type Item = `${string}:${string}`;
type Outcomes = Awaited<ReturnType<KeyedCommit<Item, string>>>;

const LOCKED = Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' });
const done = (items: readonly Item[]): Outcomes => items.map((item) => ({ value: `done ${item}` }));

describe('KeyedGroupCommit', () => {
  const make = (commit: KeyedCommit<Item, string>, options: { maxItems?: number; maxWaitMs?: number } = {}) =>
    new KeyedGroupCommit<Item, string>(commit, {
      name: 'test',
      keyOf: (item) => item.split(':')[0],
      maxItems: 4,
      maxInFlight: 2,
      maxWaitMs: 4000,
      ...options,
    });

  /** Keys that other transactions have locked. */
  function database(locked: Set<string>) {
    const written: Item[] = [];
    const batches: string[] = [];
    const commit: KeyedCommit<Item, string> = async (batch) => {
      await nextTurn();
      const items = batch.start();
      batches.push(`${batch.locks} ${items.join(' ')}`);
      await nextTurn();
      const isLocked = (item: Item) => locked.has(item.split(':')[0]);
      if (batch.locks === 'wait' && items.some(isLocked)) throw LOCKED;
      written.push(...items.filter((item) => !isLocked(item)));
      return items.map((item) => (isLocked(item) ? BUSY : { value: `done ${item}` }));
    };
    return { written, batches, commit };
  }

  it('commits the items of many keys in one batch and resolves each with its own result', async () => {
    const { batches, commit } = database(new Set());
    const group = make(commit);
    const writes = (['a:1', 'b:1', 'a:2'] as const).map((item) => group.write(item));
    expect(await Promise.all(writes)).toEqual(['done a:1', 'done b:1', 'done a:2']);
    expect(batches).toEqual(['wait a:1 a:2 b:1']);
  });

  it('runs one batch per key at a time, and starts another batch if one takes long', async () => {
    const started: string[][] = [];
    const finish: (() => void)[] = [];
    const group = make(async (batch) => {
      const items = batch.start();
      started.push([...items]);
      await new Promise<void>((resolve) => finish.push(resolve));
      return done(items);
    });
    const writes = [group.write('a:1')];
    await nextTurn();
    await nextTurn();
    writes.push(group.write('a:2'), group.write('b:1'));
    while (started.length < 2) await nextTurn();
    expect(started).toEqual([['a:1'], ['b:1']]);
    finish[0]();
    while (started.length < 3) await nextTurn();
    expect(started[2]).toEqual(['a:2']);
    finish[1]();
    finish[2]();
    await Promise.all(writes);
  });

  it('skips locked keys and writes their items in order once they are free', async () => {
    const locked = new Set(['a', 'b']);
    const { batches, written, commit } = database(locked);
    const group = make(commit);
    const late = (['a:1', 'a:2', 'b:1'] as const).map((item) => group.write(item));
    expect(await group.write('c:1')).toBe('done c:1');
    expect(batches.slice(0, 2)).toEqual(['wait a:1 a:2 b:1 c:1', 'skip a:1 a:2 b:1 c:1']);
    late.push(group.write('a:3'));
    locked.clear();
    await Promise.all(late);
    expect(written.filter((item) => item.startsWith('a'))).toEqual(['a:1', 'a:2', 'a:3']);
    expect(await group.write('a:4')).toBe('done a:4');
    expect(batches.at(-1)).toBe('wait a:4');
  });

  it('rejects an item that was not written in time and does not write it later', async () => {
    const locked = new Set(['a']);
    const { written, commit } = database(locked);
    const group = make(commit, { maxWaitMs: 50 });
    await expect(group.write('a:1')).rejects.toMatchObject({ kind: 'unavailable', code: 'try_again' });
    locked.clear();
    expect(await group.write('a:2')).toBe('done a:2');
    expect(written).toEqual(['a:2']);
  });

  it('rejects an item whose batch has waited too long for a connection', async () => {
    let connect: () => void = () => undefined;
    const batches: (readonly Item[])[] = [];
    const commit = async (batch: Batch<Item>) => {
      await new Promise<void>((resolve) => (connect = resolve));
      batches.push(batch.start());
      return done(batch.start());
    };
    const group = make(commit, { maxWaitMs: 30 });
    await expect(group.write('a:1')).rejects.toMatchObject({ code: 'try_again' });
    connect();
    while (batches.length < 1) await nextTurn();
    const next = group.write('a:2');
    for (let turn = 0; turn < 4; turn++) await nextTurn();
    connect();
    expect(await next).toBe('done a:2');
    expect(batches).toEqual([[], ['a:2']]);
  });

  it('retries the items of a failed batch one by one, so that only the invalid one fails', async () => {
    const batches: string[] = [];
    const group = make(async (batch) => {
      const items = batch.start();
      batches.push(items.join(' '));
      if (items.includes('a:2')) throw new Error('a:2 is bad');
      return done(items);
    });
    const items = ['a:1', 'a:2', 'a:3', 'b:1'] as const;
    const results = await Promise.allSettled(items.map((item) => group.write(item)));
    expect(results).toEqual([
      { status: 'fulfilled', value: 'done a:1' },
      { status: 'rejected', reason: new Error('a:2 is bad') },
      { status: 'fulfilled', value: 'done a:3' },
      { status: 'fulfilled', value: 'done b:1' },
    ]);
    expect(batches[0]).toBe('a:1 a:2 a:3 b:1');
    expect(batches.slice(1).toSorted()).toEqual(['a:1', 'a:2', 'a:3', 'b:1']);
  });

  it('does not retry items that may have been committed', async () => {
    const commit = jest.fn<Promise<Outcomes>, [Batch<Item>]>(async (batch) => {
      batch.start();
      throw new ConnectionLostError(new Error('gone'));
    });
    const group = make(commit);
    const results = await Promise.allSettled([group.write('a:1'), group.write('b:1')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(commit).toHaveBeenCalledTimes(1);
  });

  it('limits the size of batches', async () => {
    const { batches, commit } = database(new Set());
    const group = make(commit, { maxItems: 2 });
    await Promise.all((['a:1', 'a:2', 'a:3', 'b:1', 'c:1'] as const).map((item) => group.write(item)));
    expect(batches.every((batch) => batch.split(' ').length <= 3)).toBe(true);
    expect(group['queues'].size).toBe(0);
  });
});
