import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { DeliverySettings } from '../deliveries.settings.js';
import { Database } from '../../../core/database/database.js';
import { DeliveryWakeups } from '../delivery-wakeups.js';
import { type Claim, SubscriptionLeases, type Lease } from '../subscription-leases.js';
import { DeliveryAdmission, type PoolName, SlotPools, type WaitingEndpoint } from './delivery-admission.js';
import { FAULT_DELAY_MS, SubscriptionRunner, type TurnResult } from './subscription-runner.js';
import { LRUCache } from 'lru-cache';
import { Gauge } from 'prom-client';
import { Metrics } from '../../../core/health/metrics.js';

/** Maximum endpoints in memory, as a multiple of the slots. Further ones wait in the queue and in the database. */
const ENDPOINTS_PER_SLOT = 8;
const MIN_ENDPOINTS = 256;

/** Above this share of the maximum, endpoints with work left are enqueued again, so that other processes can serve them. */
const HANDOVER_SHARE = 0.75;

/** Delay after a claim that was limited by the cap of the endpoint or by locked rows. */
const REST_MS = 100;

interface KnownEndpoint extends WaitingEndpoint {
  isClaiming: boolean;
  /** Whether a wake-up came during a claim, which may have missed the new work. */
  isWokenAgain: boolean;
  /** Index of this process among those that share the endpoint, from 0. */
  shard: number;
  /** Called after the next claim. */
  onClaimed: (() => void)[];
}

/**
 * Distributes the slots of this process fairly among the endpoints with due work:
 *
 *   wake-up ─► the endpoint waits for slots of its pool ─► claims its share of due subscriptions ─► SubscriptionRunner, one turn each
 *                       ▲                                              │
 *                       └────────────── more is due ───────────────────┘
 *
 * The process holds endpoints and the subscriptions that it serves; all other subscriptions wait in the database. After a crash the
 * sweeper finds the due work.
 */
@Injectable()
export class DeliveryScheduler implements OnModuleDestroy {
  private readonly logger = new Logger(DeliveryScheduler.name);
  private readonly pools: SlotPools;
  private readonly endpoints = new Map<string, KnownEndpoint>();
  private readonly maxEndpoints: number;
  private readonly planned: PlannedWakeups;
  private readonly pending = new Set<Promise<void>>();
  private readonly onRoom: (() => void)[] = [];
  private lastTurn = Date.now();
  private stopping = false;

  constructor(
    private readonly runner: SubscriptionRunner,
    private readonly leases: SubscriptionLeases,
    private readonly admission: DeliveryAdmission,
    private readonly wakeups: DeliveryWakeups,
    private readonly database: Database,
    settings: DeliverySettings,
  ) {
    this.pools = new SlotPools(settings.DELIVERY_CONCURRENCY);
    this.maxEndpoints = Math.max(MIN_ENDPOINTS, settings.DELIVERY_CONCURRENCY * ENDPOINTS_PER_SLOT);
    this.planned = new PlannedWakeups((endpointId, delayMs) => wakeups.enqueueEndpointLater(endpointId, delayMs));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    for (const { onClaimed } of this.endpoints.values()) for (const resolve of onClaimed.splice(0)) resolve();
    for (const resume of this.onRoom.splice(0)) resume();
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  /** When a turn of this process last began or ended. */
  get lastTurnAt(): number {
    return this.lastTurn;
  }

  /** The endpoints that this process serves or has waiting. */
  get knownEndpoints(): string[] {
    return [...this.endpoints.keys()];
  }

  /** Endpoints that wait for slots, and slots in use, by pool. */
  get load(): Record<PoolName, { waiting: number; used: number }> {
    return this.pools.load;
  }

  /** Serves the due work of an endpoint as soon as slots are free. @returns false if this process holds its maximum of endpoints */
  serve(endpointId: string): boolean {
    const endpoint = this.findOrAdd(endpointId);
    if (!endpoint) return false;
    if (endpoint.isClaiming) endpoint.isWokenAgain = true;
    else this.wait(endpoint);
    return true;
  }

  /** As `serve`, unless many endpoints wait for slots. Then another process may be faster. */
  serveSoon(endpointId: string): boolean {
    return this.pools.isShort(this.admission.poolOf(endpointId)) && this.serve(endpointId);
  }

  /**
   * As `serve`, for a wake-up from the queue. Resolves after the claim of the endpoint, so that this process takes no more wake-ups than
   * it can serve. For an endpoint at its limit it resolves at once, so that it does not delay others.
   *
   * @param shard above 0, another process has no slots left for the endpoint. A process without free slots drops the wake-up: the next
   *   claim that leaves work publishes it again.
   */
  async serveInTurn(endpointId: string, shard = 0): Promise<void> {
    if (shard > 0 && this.pools.isExhausted(this.admission.poolOf(endpointId))) return;
    while (!this.stopping && !this.findOrAdd(endpointId)) await new Promise<void>((resume) => this.onRoom.push(resume));
    const endpoint = this.findOrAdd(endpointId);
    if (!endpoint) return;
    endpoint.shard = Math.max(endpoint.shard, shard);
    const isAtLimit = endpoint.running >= this.admission.maxLeases(endpointId);
    const claimed = new Promise<void>((resolve) => endpoint.onClaimed.push(resolve));
    this.serve(endpointId);
    if (!isAtLimit) await claimed;
  }

  private findOrAdd(endpointId: string): KnownEndpoint | undefined {
    if (this.stopping) return undefined;
    const known = this.endpoints.get(endpointId);
    if (known || this.endpoints.size >= this.maxEndpoints) return known;
    const endpoint = {
      id: endpointId,
      running: 0,
      isClaiming: false,
      isResting: false,
      isWokenAgain: false,
      shard: 0,
      onClaimed: [],
    };
    this.endpoints.set(endpointId, endpoint);
    return endpoint;
  }

  private wait(endpoint: KnownEndpoint): void {
    this.pools.wait(endpoint, this.admission.poolOf(endpoint.id));
    this.startNext();
  }

  private startNext(): void {
    if (this.stopping) return;
    for (;;) {
      const next = this.pools.next((id) => this.admission.maxLeases(id));
      if (!next) return;
      const endpoint = next.endpoint as KnownEndpoint;
      endpoint.isClaiming = true;
      endpoint.isWokenAgain = false;
      this.track(this.claim(endpoint, next.pool, next.slots));
    }
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.pending.delete(tracked));
    this.pending.add(tracked);
  }

  private async claim(endpoint: KnownEndpoint, pool: PoolName, slots: number): Promise<void> {
    const { id } = endpoint;
    let claim: Claim | undefined;
    let isProbe = false;
    try {
      const admission = await this.admission.admit(id);
      isProbe = admission === 'probe';
      if (admission !== 'blocked' && !this.stopping) {
        const request = { endpointId: id, slots: isProbe ? 1 : slots, maxLeases: this.admission.maxLeases(id) };
        claim = await this.database.inBackground(() => this.leases.claim({ ...request, leaseMs: this.runner.leaseMs }));
      }
    } catch (error) {
      this.logger.warn(`Claiming for endpoint ${id} failed; the sweeper retries: ${(error as Error).message}`);
    }
    const claimed = claim?.leases ?? [];
    this.pools.release(pool, slots - claimed.length);
    endpoint.isClaiming = false;
    for (const resolve of endpoint.onClaimed.splice(0)) resolve();
    this.admission.recordClaimed(id, claimed);
    for (const lease of claimed) this.start(endpoint, lease, pool, isProbe);
    if (claim && !isProbe) this.scheduleNext(endpoint, claim, pool, claimed.length === slots);
    else if (endpoint.isWokenAgain && claim) this.wait(endpoint);
    this.removeIfIdle(endpoint);
    this.startNext();
  }

  /** Decides when to claim again for an endpoint after a claim. */
  private scheduleNext(endpoint: KnownEndpoint, { nextDueMs, isCapped }: Claim, pool: PoolName, isFull: boolean): void {
    const hasMore = nextDueMs !== undefined && nextDueMs <= 0;
    if (hasMore && !isCapped && this.pools.isExhausted(pool)) this.wakeNextShard(endpoint, pool);
    if (nextDueMs !== undefined && !hasMore) this.planned.plan(endpoint.id, nextDueMs);
    if (hasMore && !isFull) this.rest(endpoint);
    if (hasMore && this.endpoints.size > this.maxEndpoints * HANDOVER_SHARE) this.wakeups.enqueueEndpoint(endpoint.id);
    else if (hasMore || endpoint.isWokenAgain) this.wait(endpoint);
  }

  /** Wakes another process for an endpoint whose maximum leases exceed the slots of this process. */
  private wakeNextShard({ id, shard }: KnownEndpoint, pool: PoolName): void {
    const shards = Math.ceil(this.admission.maxLeases(id) / this.pools.capacity(pool));
    if (shard + 1 < shards) this.wakeups.enqueueShard(id, shard + 1);
  }

  /** Delays the next claim until a turn of the endpoint ends or `REST_MS` pass. By then another process may have released leases. */
  private rest(endpoint: KnownEndpoint): void {
    endpoint.isResting = true;
    void sleep(REST_MS, undefined, { ref: false }).then(() => {
      endpoint.isResting = false;
      this.startNext();
    });
  }

  private start(endpoint: KnownEndpoint, lease: Lease, pool: PoolName, isProbe: boolean): void {
    endpoint.running++;
    this.lastTurn = Date.now();
    const turn = this.database
      .inBackground(() => this.runner.run(lease, isProbe))
      .catch((error: Error): TurnResult => {
        this.logger.error(`A turn of chat ${lease.chatId} failed: ${error.message}`, error.stack);
        return { isYielded: false, retryInMs: FAULT_DELAY_MS };
      })
      .then(({ isYielded, retryInMs }) => {
        this.pools.release(pool, 1);
        this.lastTurn = Date.now();
        endpoint.running--;
        endpoint.isResting = false;
        if (retryInMs !== undefined) this.planned.plan(endpoint.id, retryInMs);
        // After a turn with work left, the subscription is the last of its endpoint, and the endpoint the last of its pool.
        if (isYielded || isProbe) this.serve(endpoint.id);
        this.removeIfIdle(endpoint);
        this.startNext();
      });
    this.track(turn);
  }

  /** Removes an endpoint without work from memory. */
  private removeIfIdle(endpoint: KnownEndpoint): void {
    if (endpoint.running > 0 || endpoint.isClaiming || this.pools.isWaiting(endpoint)) return;
    this.endpoints.delete(endpoint.id);
    this.onRoom.shift()?.();
  }
}

/** The next wake-up for a retry that this process has planned, by endpoint. */
class PlannedWakeups {
  private readonly planned = new LRUCache<string, number>({ max: 5000 });

  constructor(private readonly publish: (endpointId: string, delayMs: number) => void) {}

  /** Publishes a delayed wake-up, unless an earlier one is planned. */
  plan(endpointId: string, delayMs: number): void {
    const now = performance.now();
    const at = now + delayMs;
    const before = this.planned.get(endpointId) ?? -Infinity;
    if (before > now && before <= at) return;
    this.planned.set(endpointId, at);
    this.publish(endpointId, Math.max(Math.ceil(delayMs), 1));
  }
}

/** Metrics of the slots of this process. */
@Injectable()
export class SchedulerMetrics {
  constructor({ registry }: Metrics, scheduler: DeliveryScheduler) {
    const used = new Gauge({
      name: 'parley_delivery_slots_used',
      help: 'Slots of this process that serve a subscription, by pool.',
      labelNames: ['pool'] as const,
      registers: [registry],
    });
    new Gauge({
      name: 'parley_endpoints_waiting',
      help: 'Endpoints with due work that wait for slots of this process, by pool.',
      labelNames: ['pool'] as const,
      registers: [registry],
      collect() {
        for (const [pool, load] of Object.entries(scheduler.load)) {
          this.set({ pool }, load.waiting);
          used.set({ pool }, load.used);
        }
      },
    });
  }
}
