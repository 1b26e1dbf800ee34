import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DeliverySettings } from '../deliveries.settings.js';
import { runPeriodically } from '../../../core/timing/run-periodically.js';
import type { BotEndpointEntity } from '../../bots/index.js';
import { afterFailure, afterSuccess, type CircuitPolicy, type CircuitStep, type Health } from '../circuit.js';
import { EndpointHealthRepository, type UnhealthyEndpoint } from '../endpoint-health.repository.js';
import { hintedDelay } from '../retry-schedule.js';
import type { TransportResult } from '../transport.js';

const MAX_CALLS = 20;
/** An endpoint is slow if more than one of its last calls took this long. */
const SLOW_MS = 3000;

/** Most calls fail if at least this share of at least this number of calls has failed within this time. */
const WINDOW_MS = 60_000;
const WINDOW_CALLS = 10;
const WINDOW_SHARE = 0.7;

interface Call {
  at: number;
  durationMs: number;
  succeeded: boolean;
}

/** Recent calls of an endpoint by this process. */
interface Stats {
  calls: Call[];
  /** Maximum concurrent subscriptions while the endpoint recovers. */
  ramp: number | undefined;
  /** All its due entries have failed several times, and nothing was delivered since. */
  isLate: boolean;
}

/** Statistics of endpoints for a fair distribution of slots. They are local to the process and lost with it. */
@Injectable()
export class EndpointStats {
  private readonly byEndpoint = new LRUCache<string, Stats>({ max: 5000 });

  observe(endpointId: string, durationMs: number, succeeded: boolean): void {
    const stats = this.of(endpointId);
    const { calls } = stats;
    calls.push({ at: Date.now(), durationMs, succeeded });
    if (calls.length > MAX_CALLS) calls.shift();
    if (succeeded) stats.isLate = false;
  }

  isLate(endpointId: string): boolean {
    return this.byEndpoint.get(endpointId)?.isLate ?? false;
  }

  setLate(endpointId: string, isLate: boolean): void {
    if (isLate || this.byEndpoint.has(endpointId)) this.of(endpointId).isLate = isLate;
  }

  isSlow(endpointId: string): boolean {
    const calls = this.byEndpoint.get(endpointId)?.calls ?? [];
    const slow = calls.filter(({ durationMs }) => durationMs >= SLOW_MS).length;
    return slow > 1 || (slow === 1 && calls.length === 1);
  }

  isFailureRateHigh(endpointId: string): boolean {
    const since = Date.now() - WINDOW_MS;
    const calls = (this.byEndpoint.get(endpointId)?.calls ?? []).filter(({ at }) => at >= since);
    return (
      calls.length >= WINDOW_CALLS && calls.filter(({ succeeded }) => !succeeded).length >= calls.length * WINDOW_SHARE
    );
  }

  /** @returns the maximum concurrent subscriptions of the endpoint */
  concurrencyLimit(endpointId: string, usual: number): number {
    return Math.min(this.byEndpoint.get(endpointId)?.ramp ?? usual, usual);
  }

  setRamp(endpointId: string, ramp: number | undefined): void {
    if (ramp !== undefined || this.byEndpoint.has(endpointId)) this.of(endpointId).ramp = ramp;
  }

  /** @param ramping all endpoints that recover */
  setRamps(ramping: readonly { endpointId: string; ramp: number }[]): void {
    for (const stats of this.byEndpoint.values()) stats.ramp = undefined;
    for (const { endpointId, ramp } of ramping) this.setRamp(endpointId, ramp);
  }

  private of(endpointId: string): Stats {
    const known = this.byEndpoint.get(endpointId);
    if (known) return known;
    const stats: Stats = { calls: [], ramp: undefined, isLate: false };
    this.byEndpoint.set(endpointId, stats);
    return stats;
  }
}

/** Maximum age of the known health: changes by other processes take effect after this time. */
const REFRESH_MS = 1000;
/** Minimum time between recorded successes of a healthy endpoint. */
const TOUCH_MS = 10_000;

/** The health of a failing endpoint. Times are of this process's clock, which may differ from the database's. */
interface Trouble extends Pick<UnhealthyEndpoint, 'state' | 'isPaused'> {
  blockedUntil: number;
  outage: Outage | undefined;
}

/** A time in which all deliveries to an endpoint fail. */
export interface Outage {
  /** By this process's clock. */
  startedAt: number;
  /** By the database's clock, so the same in all processes. */
  since: Date;
}

/** `probe`: one call is allowed, to check whether the endpoint has recovered. */
export type Admission = 'go' | 'probe' | 'blocked';

/** Blocks calls of failing endpoints and probes for their recovery. The state is in the database. */
@Injectable()
export class CircuitBreaker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(CircuitBreaker.name);
  private readonly policy: CircuitPolicy;
  private readonly touched = new LRUCache<string, true>({ max: 5000, ttl: TOUCH_MS });
  private unhealthy = new Map<string, Trouble>();
  private stop = async (): Promise<void> => undefined;

  constructor(
    private readonly repository: EndpointHealthRepository,
    private readonly stats: EndpointStats,
    private readonly settings: DeliverySettings,
  ) {
    this.policy = {
      schedule: settings.CALLBACK_RETRY_SCHEDULE,
      disableAfterMs: settings.CALLBACK_DISABLE_AFTER * 1000,
      concurrencyPerBot: settings.DELIVERY_CONCURRENCY_PER_BOT,
    };
  }

  onApplicationBootstrap(): void {
    this.stop = runPeriodically({
      what: 'Refreshing the health of endpoints',
      everyMs: REFRESH_MS,
      logger: this.logger,
      work: () => this.refresh(),
    });
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  /** Number of endpoints that are open or disabled. */
  get openCircuits(): number {
    return [...this.unhealthy.values()].filter(({ state }) => state === 'open' || state === 'disabled').length;
  }

  /** @returns undefined without an outage */
  outageOf(endpointId: string): Outage | undefined {
    return this.unhealthy.get(endpointId)?.outage;
  }

  /** Whether the endpoint must not be called, except for a probe. */
  isBlocked(endpointId: string): boolean {
    const trouble = this.unhealthy.get(endpointId);
    return trouble !== undefined && (isBlocked(trouble) || trouble.state === 'open');
  }

  /** Whether a probe of the endpoint is due. */
  isProbeDue(endpointId: string): boolean {
    const trouble = this.unhealthy.get(endpointId);
    return trouble?.state === 'open' && !isBlocked(trouble);
  }

  async admit(endpointId: string): Promise<Admission> {
    const trouble = this.unhealthy.get(endpointId);
    if (!trouble) return 'go';
    if (isBlocked(trouble)) return 'blocked';
    if (trouble.state !== 'open') return 'go';
    const forMs = this.settings.CALLBACK_TIMEOUT_MS + this.settings.DELIVERY_LEASE_SLACK_MS;
    return (await this.repository.claimProbe(endpointId, forMs)) ? 'probe' : 'blocked';
  }

  /** @returns the new health; undefined if the endpoint does not exist or the health could not be written */
  async recordFailure(
    endpoint: BotEndpointEntity,
    result: TransportResult,
    isProbe: boolean,
  ): Promise<Health | undefined> {
    const { errorCode, httpStatus, durationMs } = result;
    this.stats.observe(endpoint.id, durationMs, false);
    const isFailureRateHigh = this.stats.isFailureRateHigh(endpoint.id);
    const failure = { errorCode, httpStatus, retryAfterMs: hintedDelay(result), isProbe, isFailureRateHigh };
    return this.change(endpoint, (health, now) => afterFailure(health, failure, this.policy, now));
  }

  async recordSuccess(endpoint: BotEndpointEntity, durationMs: number): Promise<void> {
    this.stats.observe(endpoint.id, durationMs, true);
    const isUnhealthy = this.unhealthy.has(endpoint.id) || (await this.touch(endpoint.id));
    if (isUnhealthy) await this.change(endpoint, (health, now) => afterSuccess(health, this.policy, now));
  }

  /** Records that an entry was given up. */
  async recordGivenUp(endpoint: BotEndpointEntity): Promise<void> {
    await this.change(endpoint, (health) => ({ health: { ...health, deadCount: health.deadCount + 1 }, events: [] }));
  }

  async refresh(): Promise<void> {
    const rows = await this.repository.findUnhealthy();
    const now = Date.now();
    this.unhealthy = new Map(
      rows.map(({ endpointId, state, isPaused, blockedMs, failingSince, failingMs }) => {
        const outage = failingSince ? { startedAt: now - failingMs, since: failingSince } : undefined;
        return [endpointId, { state, isPaused, blockedUntil: now + blockedMs, outage }];
      }),
    );
    this.stats.setRamps(rows.filter(({ state }) => state === 'ramping'));
  }

  private async touch(endpointId: string): Promise<boolean> {
    if (this.touched.has(endpointId)) return false;
    this.touched.set(endpointId, true);
    return this.repository.touch(endpointId).catch(() => false);
  }

  private async change(
    endpoint: BotEndpointEntity,
    decide: (health: Health, now: number) => CircuitStep,
  ): Promise<Health | undefined> {
    let leadMs = 0; // lead of the database's clock
    const decideAndMeasure: typeof decide = (health, now) => {
      leadMs = now - Date.now();
      return decide(health, now);
    };
    const step = await this.repository.change(endpoint.id, endpoint.botId, decideAndMeasure).catch((error: Error) => {
      // A failure here must not prevent the record of the delivery.
      this.logger.warn(`Writing the health of endpoint ${endpoint.id} failed: ${error.message}`);
      return undefined;
    });
    if (!step) return undefined;
    for (const { type, details } of step.events)
      this.logger.warn(`${type}: ${endpoint.id}`, { botId: endpoint.botId, ...details });
    this.remember(endpoint.id, step.health, leadMs);
    return step.health;
  }

  /** Updates the known health without a query. */
  private remember(endpointId: string, health: Health, leadMs: number): void {
    const { state, isPaused, ramp, failingSince } = health;
    const blockedUntil = health.blockedUntil ? health.blockedUntil.getTime() - leadMs : 0;
    if (state === 'closed' && !isPaused && failingSince === null && blockedUntil <= Date.now()) {
      this.unhealthy.delete(endpointId);
    } else {
      const outage = failingSince ? { startedAt: failingSince.getTime() - leadMs, since: failingSince } : undefined;
      this.unhealthy.set(endpointId, { state, isPaused, blockedUntil, outage });
    }
    this.stats.setRamp(endpointId, state === 'ramping' ? ramp : undefined);
  }
}

const isBlocked = ({ isPaused, state, blockedUntil }: Trouble): boolean =>
  isPaused || state === 'disabled' || Date.now() < blockedUntil;
