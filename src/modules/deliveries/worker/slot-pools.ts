/** Endpoints that answer slowly, and endpoints whose due entries have failed several times, have slots of their own: these shares. */
const SLOW_SHARE = 0.25;
const LATE_SHARE = 0.1;

/** The last slots of a pool go to endpoints that have none in this process. */
const SPARE_SHARE = 0.25;

export type PoolName = 'fast' | 'slow' | 'late';

export interface WaitingEndpoint {
  readonly id: string;
  /** Turns under way. */
  running: number;
  isResting: boolean;
}

export interface NextEndpoint {
  endpoint: WaitingEndpoint;
  pool: PoolName;
  slots: number;
}

interface Pool {
  readonly slots: number;
  readonly spare: number;
  used: number;
  /** In the order in which they came. */
  readonly waiting: Map<string, WaitingEndpoint>;
}

/**
 * The slots of a process, and the endpoints that wait for them. The next is the endpoint with the fewest turns under way, of these the
 * one that has waited for longest; it gets its share of the free slots, so that a slow endpoint leaves some to those that come later.
 */
export class SlotPools {
  private readonly pools: Record<PoolName, Pool>;

  constructor(slots: number) {
    const share = (part: number) => Math.max(1, Math.round(slots * part));
    this.pools = { fast: poolOf(slots), slow: poolOf(share(SLOW_SHARE)), late: poolOf(share(LATE_SHARE)) };
  }

  get load(): Record<PoolName, { waiting: number; used: number }> {
    const of = ({ waiting, used }: Pool) => ({ waiting: waiting.size, used });
    return { fast: of(this.pools.fast), slow: of(this.pools.slow), late: of(this.pools.late) };
  }

  /** Lets an endpoint wait at the end of a pool's line, unless it waits already. */
  wait(endpoint: WaitingEndpoint, name: PoolName): void {
    if (!this.isWaiting(endpoint)) this.pools[name].waiting.set(endpoint.id, endpoint);
  }

  isWaiting({ id }: WaitingEndpoint): boolean {
    return Object.values(this.pools).some(({ waiting }) => waiting.has(id));
  }

  /** Whether an endpoint that comes now waits for a moment at most: no more wait than can be served at a time. */
  isShort(name: PoolName): boolean {
    const { waiting, slots } = this.pools[name];
    return waiting.size < slots;
  }

  /** How many turns of one endpoint a pool can have under way. */
  capacity(name: PoolName): number {
    const { slots, spare } = this.pools[name];
    return slots - spare;
  }

  /** Whether no slot is left for an endpoint that has some already. */
  isExhausted(name: PoolName): boolean {
    return this.pools[name].used >= this.capacity(name);
  }

  /**
   * Takes the next endpoint out of its line, and slots for it.
   *
   * @param limit how many turns of an endpoint may be under way
   */
  next(limit: (endpointId: string) => number): NextEndpoint | undefined {
    for (const [name, pool] of Object.entries(this.pools) as [PoolName, Pool][]) {
      const endpoint = nextOf(pool, limit);
      if (!endpoint) continue;
      const free = pool.slots - pool.used;
      const share = Math.floor((free - pool.spare) / pool.waiting.size);
      const slots = Math.min(Math.max(share, 1), limit(endpoint.id) - endpoint.running);
      pool.waiting.delete(endpoint.id);
      pool.used += slots;
      return { endpoint, pool: name, slots };
    }
    return undefined;
  }

  release(name: PoolName, slots: number): void {
    this.pools[name].used -= slots;
  }
}

const poolOf = (slots: number): Pool => ({
  slots,
  spare: Math.floor(slots * SPARE_SHARE),
  used: 0,
  waiting: new Map(),
});

function nextOf(
  { slots, spare, used, waiting }: Pool,
  limit: (endpointId: string) => number,
): WaitingEndpoint | undefined {
  const free = slots - used;
  if (free <= 0) return undefined;
  let next: WaitingEndpoint | undefined;
  for (const endpoint of waiting.values()) {
    if (endpoint.isResting || endpoint.running >= limit(endpoint.id)) continue;
    if (endpoint.running === 0) return endpoint;
    if (free > spare && endpoint.running < (next?.running ?? Infinity)) next = endpoint;
  }
  return next;
}
