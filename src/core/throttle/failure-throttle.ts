import { Injectable, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { addressKey } from '../rate-limit/client-address.js';
import type { RateLimit } from '../rate-limit/rate-limit.js';
import { RateLimiter } from '../rate-limit/rate-limiter.js';

/**
 * Limits attempts to guess secrets: an address may fail `AUTH_FAILURES_PER_MINUTE` times per minute, over all protocols and
 * processes. Only a failure takes a round trip, and only until the address has reached the limit.
 *
 * A valid token is always accepted, so that one bad client behind a proxy cannot lock out all others.
 */
@Injectable()
export class FailureThrottle {
  private readonly limit: RateLimit;

  constructor(
    settings: Settings,
    private readonly limiter: RateLimiter,
  ) {
    this.limit = {
      name: 'auth-failures',
      code: 'auth.too_many_failures',
      what: 'failed attempts from this address',
      windows: [{ max: settings.AUTH_FAILURES_PER_MINUTE, seconds: 60 }],
    };
  }

  /** Counts a failure. @throws DomainError rate_limited `auth.too_many_failures` above the limit */
  fail(address: string | undefined): Promise<void> {
    return this.limiter.consume(this.limit, addressKey(address));
  }
}

/** One throttle for the whole process. */
@Module({ providers: [FailureThrottle], exports: [FailureThrottle] })
export class ThrottleModule {}
