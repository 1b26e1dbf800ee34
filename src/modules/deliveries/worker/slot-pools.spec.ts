import { SlotPools, type WaitingEndpoint } from './delivery-admission.js';

const endpoint = (id: string, running = 0): WaitingEndpoint => ({ id, running, isResting: false });
const limit = () => 16;

describe('SlotPools', () => {
  it('serves the endpoint with the fewest turns first, and among these the longest waiting', () => {
    const pools = new SlotPools(40);
    for (const waiting of [endpoint('busy', 3), endpoint('a'), endpoint('b'), endpoint('less busy', 1)])
      pools.wait(waiting, 'fast');
    const order = Array.from({ length: 4 }, () => pools.next(limit)?.endpoint.id);
    expect(order).toEqual(['a', 'b', 'less busy', 'busy']);
    expect(pools.next(limit)).toBeUndefined();
  });

  it('gives each waiting endpoint a share of the free slots, at least one', () => {
    const pools = new SlotPools(40);
    for (const id of ['a', 'b', 'c']) pools.wait(endpoint(id), 'fast');
    expect([1, 2, 3].map(() => pools.next(limit)?.slots)).toEqual([10, 10, 10]);
    for (const id of ['d', 'e']) pools.wait(endpoint(id), 'fast');
    expect([1, 2].map(() => pools.next(limit)?.slots)).toEqual([1, 1]);
  });

  it('reserves the last quarter of a pool for endpoints without a turn', () => {
    const pools = new SlotPools(40);
    for (const id of ['a', 'b']) pools.wait(endpoint(id), 'fast');
    for (let n = 0; n < 2; n++) pools.next(() => 15);
    expect(pools.load.fast.used).toBe(30);
    pools.wait(endpoint('a', 15), 'fast');
    expect(pools.next(limit)).toBeUndefined();
    pools.wait(endpoint('newcomer'), 'fast');
    expect(pools.next(limit)?.endpoint.id).toBe('newcomer');
    expect(pools.next(limit)).toBeUndefined();
  });

  it('keeps endpoints at their limit and resting endpoints in the queue', () => {
    const pools = new SlotPools(40);
    const full = endpoint('full', 16);
    const resting = { ...endpoint('resting'), isResting: true };
    pools.wait(full, 'fast');
    pools.wait(resting, 'fast');
    expect(pools.next(limit)).toBeUndefined();
    full.running = 15;
    expect(pools.next(limit)).toMatchObject({ endpoint: { id: 'full' }, slots: 1 });
    resting.isResting = false;
    expect(pools.next(limit)?.endpoint.id).toBe('resting');
  });

  it('has separate slots for slow and late endpoints', () => {
    const pools = new SlotPools(40);
    for (let n = 0; n < 20; n++) pools.wait(endpoint(`slow ${n}`), 'slow');
    for (let n = 0; n < 20; n++) pools.wait(endpoint(`late ${n}`), 'late');
    for (let n = 0; n < 40; n++) pools.next(limit);
    expect(pools.load).toMatchObject({ fast: { used: 0 }, slow: { used: 10 }, late: { used: 4 } });
    pools.wait(endpoint('fast'), 'fast');
    expect(pools.next(limit)).toMatchObject({ pool: 'fast', slots: 16 });
  });
});
