import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../deliveries.settings.js';
import { SubscriptionLeases, type Lease } from '../subscription-leases.js';
import { type Admission, CircuitBreaker, EndpointStats } from './circuit-breaker.js';
import { OutageNotices } from './outage-notices.js';

/** Additional slots for slow endpoints, and for endpoints whose due entries have failed several times, as shares of the slots. */
const SLOW_SHARE = 0.25;
const LATE_SHARE = 0.1;

/** Share of the slots of a pool that is reserved for endpoints without a turn in this process. */
const RESERVED_SHARE = 0.25;

export type PoolName = 'fast' | 'slow' | 'late';

export interface WaitingEndpoint {
  readonly id: string;
  /** Number of running turns. */
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
  readonly reserved: number;
  used: number;
  /** In the order of insertion. */
  readonly waiting: Map<string, WaitingEndpoint>;
}

/**
 * The slots of a process, and the endpoints that wait for them. The next endpoint is the one with the fewest running turns and, among
 * these, the longest wait. It receives a share of the free slots, so that a slow endpoint leaves slots to later ones.
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

  /** Appends an endpoint to the queue of a pool, unless it waits already. */
  wait(endpoint: WaitingEndpoint, name: PoolName): void {
    if (!this.isWaiting(endpoint)) this.pools[name].waiting.set(endpoint.id, endpoint);
  }

  isWaiting({ id }: WaitingEndpoint): boolean {
    return Object.values(this.pools).some(({ waiting }) => waiting.has(id));
  }

  /** Whether fewer endpoints wait than the pool has slots, so that a new one waits only briefly. */
  isShort(name: PoolName): boolean {
    const { waiting, slots } = this.pools[name];
    return waiting.size < slots;
  }

  /** Maximum running turns of one endpoint in a pool. */
  capacity(name: PoolName): number {
    const { slots, reserved } = this.pools[name];
    return slots - reserved;
  }

  /** Whether only reserved slots are free. */
  isExhausted(name: PoolName): boolean {
    return this.pools[name].used >= this.capacity(name);
  }

  /**
   * Removes the next endpoint from its queue and acquires slots for it.
   *
   * @param limit returns the maximum running turns of an endpoint
   */
  next(limit: (endpointId: string) => number): NextEndpoint | undefined {
    for (const [name, pool] of Object.entries(this.pools) as [PoolName, Pool][]) {
      const endpoint = nextOf(pool, limit);
      if (!endpoint) continue;
      const free = pool.slots - pool.used;
      const share = Math.floor((free - pool.reserved) / pool.waiting.size);
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
  reserved: Math.floor(slots * RESERVED_SHARE),
  used: 0,
  waiting: new Map(),
});

function nextOf(
  { slots, reserved, used, waiting }: Pool,
  limit: (endpointId: string) => number,
): WaitingEndpoint | undefined {
  const free = slots - used;
  if (free <= 0) return undefined;
  let next: WaitingEndpoint | undefined;
  for (const endpoint of waiting.values()) {
    if (endpoint.isResting || endpoint.running >= limit(endpoint.id)) continue;
    if (endpoint.running === 0) return endpoint;
    if (free > reserved && endpoint.running < (next?.running ?? Infinity)) next = endpoint;
  }
  return next;
}

/** Attempts after which an entry counts as late: its sender has stopped waiting. */
const LATE_ATTEMPTS = 3;

/** Decides whether an endpoint may be served now, by how many turns, and in which slot pool. */
@Injectable()
export class DeliveryAdmission {
  constructor(
    private readonly circuit: CircuitBreaker,
    private readonly stats: EndpointStats,
    private readonly leases: SubscriptionLeases,
    private readonly notices: OutageNotices,
    private readonly settings: DeliverySettings,
  ) {}

  async admit(endpointId: string): Promise<Admission> {
    // A probe without an entry to send would only block other probes.
    if (this.circuit.isProbeDue(endpointId) && !(await this.leases.hasDue(endpointId))) return 'blocked';
    const admission = await this.circuit.admit(endpointId);
    if (admission === 'probe') this.notices.notifyWaitingChats(endpointId);
    return admission;
  }

  /** Maximum leases of an endpoint over all processes. It is lower while the endpoint recovers. */
  maxLeases(endpointId: string): number {
    return this.stats.concurrencyLimit(endpointId, this.settings.DELIVERY_CONCURRENCY_PER_BOT);
  }

  poolOf(endpointId: string): PoolName {
    if (this.stats.isSlow(endpointId)) return 'slow';
    return this.stats.isLate(endpointId) ? 'late' : 'fast';
  }

  /** Marks an endpoint as late if all its due entries are late, until one of them is delivered. */
  recordClaimed(endpointId: string, claimed: readonly Lease[]): void {
    const isLate = claimed.every(({ headAttempts }) => headAttempts >= LATE_ATTEMPTS);
    if (claimed.length > 0) this.stats.setLate(endpointId, isLate);
  }
}
