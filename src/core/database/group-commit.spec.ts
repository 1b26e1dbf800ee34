import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConnectionLostError } from './database.js';
import { GroupCommit, type Outcome } from './group-commit.js';

type Commit = (items: number[]) => Promise<Outcome<string>[]>;

const done = (items: number[]): Outcome<string>[] => items.map((item) => ({ value: `done ${item}` }));

/** A commit that the test completes. */
function heldBack() {
  const batches: { items: number[]; finish: (error?: Error) => void }[] = [];
  const commit: Commit = (items) =>
    new Promise((resolve, reject) => {
      batches.push({ items, finish: (error) => (error ? reject(error) : resolve(done(items))) });
    });
  return { batches, commit };
}

describe('GroupCommit', () => {
  const options = { maxItems: 3, maxInFlight: 2 };

  it('commits the writes of one tick in one batch and resolves each with its own result', async () => {
    const commit = jest.fn<ReturnType<Commit>, [number[]]>(async (items) => done(items));
    const group = new GroupCommit(commit, options);
    expect(await Promise.all([1, 2, 3].map((item) => group.write(item)))).toEqual(['done 1', 'done 2', 'done 3']);
    expect(commit.mock.calls).toEqual([[[1, 2, 3]]]);
  });

  it('commits a single write without waiting for more', async () => {
    expect(await new GroupCommit<number, string>(async (items) => done(items), options).write(1)).toBe('done 1');
  });

  it('limits the number and the size of concurrent batches; further items wait', async () => {
    const { batches, commit } = heldBack();
    const group = new GroupCommit(commit, options);
    const writes = [1, 2, 3, 4, 5, 6, 7].map((item) => group.write(item));
    await nextTurn();
    await nextTurn();
    expect(batches.map(({ items }) => items)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);

    writes.push(group.write(8));
    await nextTurn();
    expect(batches).toHaveLength(2);

    batches[1].finish();
    await expect(writes[3]).resolves.toBe('done 4');
    await nextTurn();
    await nextTurn();
    expect(batches[2].items).toEqual([7, 8]);

    batches[0].finish();
    batches[2].finish();
    expect(await Promise.all(writes)).toHaveLength(8);
  });

  it('resolves no write before the commit is done', async () => {
    const { batches, commit } = heldBack();
    const group = new GroupCommit(commit, options);
    const answered = jest.fn();
    const write = group.write(1).then(answered);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    expect(batches).toHaveLength(1);
    expect(answered).not.toHaveBeenCalled();
    batches[0].finish();
    await write;
    expect(answered).toHaveBeenCalledWith('done 1');
  });

  it('rejects each failed item with its own error and resolves the others', async () => {
    const commit: Commit = async (items) =>
      items.map((item) => (item === 2 ? { error: new Error('not this one') } : { value: `done ${item}` }));
    const group = new GroupCommit(commit, options);
    const results = await Promise.allSettled([1, 2, 3].map((item) => group.write(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('retries the items of a failed batch one by one, so that only the invalid one fails', async () => {
    const commit = jest.fn<ReturnType<Commit>, [number[]]>(async (items) => {
      if (items.includes(2)) throw new Error('2 is bad');
      return done(items);
    });
    const group = new GroupCommit(commit, options);
    const results = await Promise.allSettled([1, 2, 3].map((item) => group.write(item)));
    expect(results).toEqual([
      { status: 'fulfilled', value: 'done 1' },
      { status: 'rejected', reason: new Error('2 is bad') },
      { status: 'fulfilled', value: 'done 3' },
    ]);
    expect(commit.mock.calls.map(([items]) => items)).toEqual([[1, 2, 3], [1], [2], [3]]);
  });

  it.each([
    ['that may have been committed', new ConnectionLostError(new Error('gone'))],
    ['while the database says nothing', new Error('Query read timeout')],
  ])('tries nothing again %s', async (_, error) => {
    const commit = jest.fn<ReturnType<Commit>, [number[]]>(() => Promise.reject(error));
    const group = new GroupCommit(commit, options);
    const results = await Promise.allSettled([1, 2, 3].map((item) => group.write(item)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(commit).toHaveBeenCalledTimes(1);
  });

  it('rejects the rest of a failed batch if the database becomes unavailable meanwhile', async () => {
    const commit = jest.fn<ReturnType<Commit>, [number[]]>(async (items) => {
      if (items.length > 1) throw new Error('2 is bad');
      if (items[0] > 1) throw new ConnectionLostError(new Error('gone'));
      return done(items);
    });
    const group = new GroupCommit(commit, options);
    const results = await Promise.allSettled([1, 2, 3].map((item) => group.write(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(commit.mock.calls.map(([items]) => items)).toEqual([[1, 2, 3], [1], [2]]);
  });

  it('continues after a failure', async () => {
    let fails = true;
    const commit: Commit = async (items) => {
      if (fails) throw new Error('out of order');
      return done(items);
    };
    const group = new GroupCommit(commit, { maxItems: 1, maxInFlight: 1 });
    await expect(Promise.all([group.write(1), group.write(2)])).rejects.toThrow('out of order');
    fails = false;
    expect(await group.write(3)).toBe('done 3');
  });
});
