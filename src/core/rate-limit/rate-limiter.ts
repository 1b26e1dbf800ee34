import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { Settings } from '../config/settings.js';
import { Database, statement } from '../database/database.js';
import { runPeriodically } from '../timing/run-periodically.js';
import { type RateLimit, type RateWindow, rateLimitExceeded } from './rate-limit.js';
import { openRateLimitStore, type RateLimitStore } from './rate-limit-store.js';

const CLEAN_EVERY_MS = 300_000;
/** Minimum interval of log lines for one limit. */
const REPORT_EVERY_MS = 60_000;

const CLEAN = statement('rate_limits.clean', `DELETE FROM rate_limits WHERE expire < $1`);

interface Counter {
  window: RateWindow;
  points: RateLimiterAbstract;
}

/** Injection token of the rate limit store, which the module opens. */
export const RATE_LIMIT_STORE = Symbol('RATE_LIMIT_STORE');
export const rateLimitStore = {
  provide: RATE_LIMIT_STORE,
  inject: [Settings, Database],
  useFactory: openRateLimitStore,
};

/**
 * Enforces rate limits over all processes. Each call takes a round trip to the store per window, so it is meant for rare or expensive
 * actions, not for every request. While the store is unavailable, each process counts in its own memory.
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
    if (this.settings.REDIS_URL) return; // keys in Redis expire by themselves
    this.stopCleaning = runPeriodically({
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
   * Consumes points of `key`. Must not be called inside of a transaction, which would hold its locks meanwhile.
   *
   * @throws DomainError rate_limited, with the code of the limit and `retryAfterSeconds`, if too few points are left
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
    return rateLimitExceeded(limit, window, Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
  }

  private report({ name, what }: RateLimit, { max, seconds }: RateWindow, key: string): void {
    if (performance.now() - (this.reportedAt.get(name) ?? -Infinity) < REPORT_EVERY_MS) return;
    this.reportedAt.set(name, performance.now());
    this.logger.warn(
      `Rate limit exceeded: too many ${what}, more than ${max} in ${seconds} s (${key}). If a proxy forwards all requests, set TRUST_PROXY.`,
    );
  }
}
