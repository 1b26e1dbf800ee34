import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { Database } from '../../../core/database/database.js';
import { DeliveryWakeups } from '../delivery-wakeups.js';
import { type Claim, LaneLeases, type Lease } from '../lane-leases.js';
import { DeliveryAdmission } from './delivery-admission.js';
import { FAULT_DELAY_MS, LaneRunner, type TurnResult } from './lane-runner.js';
import { PlannedWakeups } from './planned-wakeups.js';
import { type PoolName, SlotPools, type WaitingEndpoint } from './slot-pools.js';

/** Endpoints that a process knows, as a multiple of its slots. More wait in the queue and in the database. */
const ENDPOINTS_PER_SLOT = 8;
const MIN_ENDPOINTS = 256;

/** Above this share of them, an endpoint with work left goes to the end of the queue, where other processes find it. */
const HANDOVER_SHARE = 0.75;

/** After a claim that was cut short by the cap of the endpoint, or by rows that were locked. */
const REST_MS = 100;

interface KnownEndpoint extends WaitingEndpoint {
  isClaiming: boolean;
  /** It was woken while a claim was under way, which may not have seen why. */
  isWokenAgain: boolean;
  /** Of the processes that serve an endpoint that is too big for one, this is the first (0), the second, ... */
  shard: number;
  /** Called when the next claim is done. */
  onClaimed: (() => void)[];
}

/**
 * Decides which endpoints this process serves now, so that no bot can take what belongs to the others:
 *
 *   wake-up ─► an endpoint waits for slots of its pool ─► claims due cursors, its fair share ─► LaneRunner, one turn each
 *                       ▲                                              │
 *                       └────────────── more is due ───────────────────┘
 *
 * A process remembers endpoints, and the cursors that it serves; all other cursors wait in the database. What is forgotten in a crash
 * is found by the sweeper.
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
    private readonly runner: LaneRunner,
    private readonly leases: LaneLeases,
    private readonly admission: DeliveryAdmission,
    private readonly wakeups: DeliveryWakeups,
    private readonly database: Database,
    settings: Settings,
  ) {
    this.pools = new SlotPools(settings.DELIVERY_CONCURRENCY);
    this.maxEndpoints = Math.max(MIN_ENDPOINTS, settings.DELIVERY_CONCURRENCY * ENDPOINTS_PER_SLOT);
    this.planned = new PlannedWakeups((endpointId, delayMs) => wakeups.enqueueEndpointLater(endpointId, delayMs));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    for (const { onClaimed } of this.endpoints.values()) for (const claimed of onClaimed.splice(0)) claimed();
    for (const resume of this.onRoom.splice(0)) resume();
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  /** When a turn last began or ended here. */
  get lastTurnAt(): number {
    return this.lastTurn;
  }

  /** The endpoints that wait here or are served here. */
  get knownEndpoints(): string[] {
    return [...this.endpoints.keys()];
  }

  /** Endpoints that wait for slots, and slots in use, by pool. */
  get load(): Record<PoolName, { waiting: number; used: number }> {
    return this.pools.load;
  }

  /** Serves what is due of an endpoint as soon as slots are free. @returns false when this process has no room for it */
  serve(endpointId: string): boolean {
    const endpoint = this.know(endpointId);
    if (!endpoint) return false;
    if (endpoint.isClaiming) endpoint.isWokenAgain = true;
    else this.wait(endpoint);
    return true;
  }

  /** As `serve`, unless the slots are taken and many wait for them: then another process may be faster. */
  serveSoon(endpointId: string): boolean {
    return this.pools.isShort(this.admission.poolOf(endpointId)) && this.serve(endpointId);
  }

  /**
   * As `serve`, for a wake-up from the queue. Resolves once the endpoint has had its share of the slots, so that this process takes
   * no more wake-ups than it can serve; but an endpoint that is at its own limit does not hold up the others.
   *
   * @param shard above 0, another process has no slots left for the endpoint and asks for help. If it is this process that is asked, the
   *   wake-up is dropped: the next claim that leaves work publishes it anew.
   */
  async serveInTurn(endpointId: string, shard = 0): Promise<void> {
    if (shard > 0 && this.pools.isExhausted(this.admission.poolOf(endpointId))) return;
    while (!this.stopping && !this.know(endpointId)) await new Promise<void>((resume) => this.onRoom.push(resume));
    const endpoint = this.know(endpointId);
    if (!endpoint) return;
    endpoint.shard = Math.max(endpoint.shard, shard);
    const isAtLimit = endpoint.running >= this.admission.maxLeases(endpointId);
    const claimed = new Promise<void>((resolve) => endpoint.onClaimed.push(resolve));
    this.serve(endpointId);
    if (!isAtLimit) await claimed;
  }

  private know(endpointId: string): KnownEndpoint | undefined {
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
      this.logger.warn(`Claiming for endpoint ${id} failed; the sweeper will: ${(error as Error).message}`);
    }
    const taken = claim?.leases ?? [];
    this.pools.release(pool, slots - taken.length);
    endpoint.isClaiming = false;
    for (const claimed of endpoint.onClaimed.splice(0)) claimed();
    this.admission.noteClaimed(id, taken);
    for (const lease of taken) this.start(endpoint, lease, pool, isProbe);
    if (claim && !isProbe) this.goOn(endpoint, claim, pool, taken.length === slots);
    else if (endpoint.isWokenAgain && claim) this.wait(endpoint);
    this.leave(endpoint);
    this.startNext();
  }

  /** Decides when an endpoint is looked at again after a claim. */
  private goOn(endpoint: KnownEndpoint, { nextDueMs, isCapped }: Claim, pool: PoolName, isFull: boolean): void {
    const isMore = nextDueMs !== undefined && nextDueMs <= 0;
    if (isMore && !isCapped && this.pools.isExhausted(pool)) this.askForHelp(endpoint, pool);
    if (nextDueMs !== undefined && !isMore) this.planned.plan(endpoint.id, nextDueMs);
    if (isMore && !isFull) this.rest(endpoint);
    if (isMore && this.endpoints.size > this.maxEndpoints * HANDOVER_SHARE) this.wakeups.enqueueEndpoint(endpoint.id);
    else if (isMore || endpoint.isWokenAgain) this.wait(endpoint);
  }

  /** An endpoint that may have more leases than this process has slots is served by several processes. */
  private askForHelp({ id, shard }: KnownEndpoint, pool: PoolName): void {
    const shards = Math.ceil(this.admission.maxLeases(id) / this.pools.capacity(pool));
    if (shard + 1 < shards) this.wakeups.enqueueShard(id, shard + 1);
  }

  /** Until a turn of the endpoint ends here, or a moment has passed: then another process may have given leases back. */
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
        // A cursor that has used up its turn stands at the end of its endpoint's line, as its endpoint does among the others.
        if (isYielded || isProbe) this.serve(endpoint.id);
        this.leave(endpoint);
        this.startNext();
      });
    this.track(turn);
  }

  /** Forgets an endpoint that has nothing to do here. */
  private leave(endpoint: KnownEndpoint): void {
    if (endpoint.running > 0 || endpoint.isClaiming || this.pools.isWaiting(endpoint)) return;
    this.endpoints.delete(endpoint.id);
    this.onRoom.shift()?.();
  }
}
