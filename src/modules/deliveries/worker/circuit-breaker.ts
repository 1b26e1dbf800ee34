import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../../core/config/settings.js';
import { repeat } from '../../../core/timing/repeat.js';
import type { BotEndpointEntity } from '../../bots/index.js';
import { afterFailure, afterSuccess, type CircuitPolicy, type CircuitStep, type Health } from '../circuit.js';
import { EndpointHealthRepository, type TroubledEndpoint } from '../endpoint-health.repository.js';
import { hintedDelay } from '../retry-schedule.js';
import type { TransportResult } from '../transport.js';
import { EndpointPulse } from './endpoint-pulse.js';

/** What is decided may be this old: a circuit that another process has opened is heeded this soon. */
const REFRESH_MS = 1000;
/** How often a success of an endpoint that is well is written down. */
const TOUCH_MS = 10_000;

/** Times are of this process's clock, as they are compared with it; the database's may be another. */
interface Trouble extends Pick<TroubledEndpoint, 'state' | 'isPaused'> {
  blockedUntil: number;
  outage: Outage | undefined;
}

/** A time in which nothing comes through to an endpoint. */
export interface Outage {
  /** By this process's clock. */
  startedAt: number;
  /** The same by the database's, which is the same in all processes. */
  since: Date;
}

/** `probe`: the one lane that may ask. */
export type Admission = 'go' | 'probe' | 'blocked';

/** Keeps callers away from endpoints that are not there, and finds out when they are back. Its memory is in the database. */
@Injectable()
export class CircuitBreaker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(CircuitBreaker.name);
  private readonly policy: CircuitPolicy;
  private readonly touched = new LRUCache<string, true>({ max: 5000, ttl: TOUCH_MS });
  private troubled = new Map<string, Trouble>();
  private stop = async (): Promise<void> => undefined;

  constructor(
    private readonly repository: EndpointHealthRepository,
    private readonly pulse: EndpointPulse,
    private readonly settings: Settings,
  ) {
    this.policy = {
      schedule: settings.CALLBACK_RETRY_SCHEDULE,
      disableAfterMs: settings.CALLBACK_DISABLE_AFTER * 1000,
      lanesPerBot: settings.DELIVERY_LANES_PER_BOT,
    };
  }

  onApplicationBootstrap(): void {
    this.stop = repeat({
      what: 'Asking for the health of endpoints',
      everyMs: REFRESH_MS,
      logger: this.logger,
      work: () => this.refresh(),
    });
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  /** Endpoints whose circuit is open. */
  get openCircuits(): number {
    return [...this.troubled.values()].filter(({ state }) => state === 'open' || state === 'disabled').length;
  }

  /** @returns undefined when the endpoint is well */
  outageOf(endpointId: string): Outage | undefined {
    return this.troubled.get(endpointId)?.outage;
  }

  /** Whether the endpoint may not be called, but for a probe. */
  isBlocked(endpointId: string): boolean {
    const trouble = this.troubled.get(endpointId);
    return trouble !== undefined && (isBlocked(trouble) || trouble.state === 'open');
  }

  /** Whether the endpoint is to be asked if it is back. */
  isProbeDue(endpointId: string): boolean {
    const trouble = this.troubled.get(endpointId);
    return trouble?.state === 'open' && !isBlocked(trouble);
  }

  async admit(endpointId: string): Promise<Admission> {
    const trouble = this.troubled.get(endpointId);
    if (!trouble) return 'go';
    if (isBlocked(trouble)) return 'blocked';
    if (trouble.state !== 'open') return 'go';
    const forMs = this.settings.CALLBACK_TIMEOUT_MS + this.settings.DELIVERY_LEASE_SLACK_MS;
    return (await this.repository.claimProbe(endpointId, forMs)) ? 'probe' : 'blocked';
  }

  /** @returns how the endpoint is doing since; undefined when it is gone, or nobody knows */
  async failed(endpoint: BotEndpointEntity, result: TransportResult, isProbe: boolean): Promise<Health | undefined> {
    const { errorCode, httpStatus, durationMs } = result;
    this.pulse.observe(endpoint.id, durationMs, false);
    const mostFail = this.pulse.mostFail(endpoint.id);
    const failure = { errorCode, httpStatus, hintMs: hintedDelay(result), isProbe, mostFail };
    return this.change(endpoint, (health, now) => afterFailure(health, failure, this.policy, now));
  }

  async succeeded(endpoint: BotEndpointEntity, durationMs: number): Promise<void> {
    this.pulse.observe(endpoint.id, durationMs, true);
    const isTroubled = this.troubled.has(endpoint.id) || (await this.touch(endpoint.id));
    if (isTroubled) await this.change(endpoint, (health, now) => afterSuccess(health, this.policy, now));
  }

  /** An event has been given up. */
  async gaveUp(endpoint: BotEndpointEntity): Promise<void> {
    await this.change(endpoint, (health) => ({ health: { ...health, deaths: health.deaths + 1 }, news: [] }));
  }

  async refresh(): Promise<void> {
    const rows = await this.repository.troubled();
    const now = Date.now();
    this.troubled = new Map(
      rows.map(({ endpointId, state, isPaused, blockedMs, failingSince, failingMs }) => {
        const outage = failingSince ? { startedAt: now - failingMs, since: failingSince } : undefined;
        return [endpointId, { state, isPaused, blockedUntil: now + blockedMs, outage }];
      }),
    );
    this.pulse.setRamps(rows.filter(({ state }) => state === 'ramping'));
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
    let leadMs = 0; // of the database's clock
    const decideHere: typeof decide = (health, now) => {
      leadMs = now - Date.now();
      return decide(health, now);
    };
    const step = await this.repository.change(endpoint.id, endpoint.botId, decideHere).catch((error: Error) => {
      // What is thought of an endpoint must never keep anybody from writing down what was delivered to it.
      this.logger.warn(`The health of endpoint ${endpoint.id} could not be written: ${error.message}`);
      return undefined;
    });
    if (!step) return undefined;
    for (const { type, details } of step.news)
      this.logger.warn(`${type}: ${endpoint.id}`, { botId: endpoint.botId, ...details });
    this.remember(endpoint.id, step.health, leadMs);
    return step.health;
  }

  /** What was just learnt need not be asked. */
  private remember(endpointId: string, health: Health, leadMs: number): void {
    const { state, isPaused, ramp, failingSince } = health;
    const blockedUntil = health.blockedUntil ? health.blockedUntil.getTime() - leadMs : 0;
    if (state === 'closed' && !isPaused && failingSince === null && blockedUntil <= Date.now()) {
      this.troubled.delete(endpointId);
    } else {
      const outage = failingSince ? { startedAt: failingSince.getTime() - leadMs, since: failingSince } : undefined;
      this.troubled.set(endpointId, { state, isPaused, blockedUntil, outage });
    }
    this.pulse.setRamp(endpointId, state === 'ramping' ? ramp : undefined);
  }
}

const isBlocked = ({ isPaused, state, blockedUntil }: Trouble): boolean =>
  isPaused || state === 'disabled' || Date.now() < blockedUntil;
