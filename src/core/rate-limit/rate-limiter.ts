import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { Settings } from '../config/settings.js';
import { Database, statement } from '../database/database.js';
import { repeat } from '../timing/repeat.js';
import { type RateLimit, type RateWindow, tooOften } from './rate-limit.js';
import { openRateLimitStore, type RateLimitStore } from './rate-limit-store.js';

const CLEAN_EVERY_MS = 300_000;
/** A refusal of one limit is logged so often at most. */
const REPORT_EVERY_MS = 60_000;

const CLEAN = statement('rate_limits.clean', `DELETE FROM rate_limits WHERE expire < $1`);

interface Counter {
  window: RateWindow;
  points: RateLimiterAbstract;
}

/** The store of limits, which the module opens. */
export const RATE_LIMIT_STORE = Symbol('RATE_LIMIT_STORE');
export const rateLimitStore = {
  provide: RATE_LIMIT_STORE,
  inject: [Settings, Database],
  useFactory: openRateLimitStore,
};

/**
 * Counts how often something happens, over all processes. Each call is a round trip to the store for each window, so this is for what
 * is rare or expensive, not for every request. While the store is away each process counts in its own memory.
 */
@Injectable()
export class RateLimiter implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RateLimiter.name);
  private readonly counters = new Map<string, Counter[]>();
  private readonly reportedAt = new Map<string, number>();
  private stopCleaning: (() => Promise<void>) | undefined;

  constructor(
    private readonly database: Database,
    private readonly settings: Settings,
    @Inject(RATE_LIMIT_STORE) private readonly store: RateLimitStore,
  ) {}

  onModuleInit(): void {
    if (this.settings.REDIS_URL) return; // whose keys expire by themselves
    this.stopCleaning = repeat({
      what: 'Deleting expired rate limits',
      everyMs: CLEAN_EVERY_MS,
      logger: this.logger,
      work: () => this.database.query(CLEAN, [Date.now()]),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stopCleaning?.();
    this.store.close();
  }

  /**
   * Takes points from what `key` has left. Must not be called inside of a transaction, which would hold its locks meanwhile.
   *
   * @throws DomainError rate_limited, with the code of the limit and `retryAfterSeconds`, when there are not enough
   */
  async consume(limit: RateLimit, key: string, points = 1): Promise<void> {
    for (const { window, points: counter } of this.countersOf(limit)) {
      try {
        await counter.consume(key, points);
      } catch (refusal) {
        throw this.refused(limit, window, key, refusal);
      }
    }
  }

  private countersOf(limit: RateLimit): Counter[] {
    const known = this.counters.get(limit.name);
    if (known) return known;
    const made = limit.windows
      .filter(({ max }) => max > 0)
      .map((window) => ({ window, points: this.store.counterOf(limit, window) }));
    this.counters.set(limit.name, made);
    return made;
  }

  private refused(limit: RateLimit, window: RateWindow, key: string, refusal: unknown): Error {
    if (!(refusal instanceof RateLimiterRes)) return refusal as Error;
    this.report(limit, window, key);
    return tooOften(limit, window, Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
  }

  private report({ name, what }: RateLimit, { max, seconds }: RateWindow, key: string): void {
    if (performance.now() - (this.reportedAt.get(name) ?? -Infinity) < REPORT_EVERY_MS) return;
    this.reportedAt.set(name, performance.now());
    this.logger.warn(
      `Refused: too many ${what}, more than ${max} in ${seconds} s (${key}). If a proxy forwards all requests, set TRUST_PROXY.`,
    );
  }
}
