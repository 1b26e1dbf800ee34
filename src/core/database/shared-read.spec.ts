import { setImmediate as nextTurn } from 'node:timers/promises';
import { SharedRead } from './shared-read.js';

describe('SharedRead', () => {
  let reads: SharedRead<string>;
  let loads: { key: string; end: (result: string) => void; fail: (error: Error) => void }[];

  beforeEach(() => {
    reads = new SharedRead();
    loads = [];
  });

  const get = (key: string): Promise<string> =>
    reads.get(key, () => new Promise((resolve, reject) => loads.push({ key, end: resolve, fail: reject })));

  it('reads once for equal requests of one turn, and once for each key', async () => {
    const results = Promise.all([get('a'), get('b'), get('a')]);
    await nextTurn();
    expect(loads.map(({ key }) => key)).toEqual(['a', 'b']);
    for (const { key, end } of loads) end(`${key}!`);
    expect(await results).toEqual(['a!', 'b!', 'a!']);
  });

  it('does not join a read that has started, and starts the next one when it ends', async () => {
    const first = get('a');
    await nextTurn();
    const [second, third] = [get('a'), get('a')];
    await nextTurn();
    expect(loads).toHaveLength(1);
    loads[0].end('old');
    expect(await first).toBe('old');
    await nextTurn();
    expect(loads).toHaveLength(2);
    loads[1].end('new');
    expect(await Promise.all([second, third])).toEqual(['new', 'new']);
  });

  it('rejects the requests of a failed read only, and keeps no key', async () => {
    const failed = Promise.allSettled([get('a'), get('a')]);
    await nextTurn();
    const next = get('a');
    loads[0].fail(new Error('down'));
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await nextTurn();
    loads[1].end('up');
    expect(await next).toBe('up');
    expect(reads['last'].size).toBe(0);
  });
});
