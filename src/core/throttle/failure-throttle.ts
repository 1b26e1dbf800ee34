import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../config/settings.js';
import { DomainError } from '../errors/domain.error.js';

const WINDOW_MS = 60_000;

/** The failures of one address since its window was opened. */
interface Window {
  failures: number;
  /** Milliseconds since the process started. */
  endsAt: number;
}

/**
 * Slows down whoever guesses secrets: an address may fail `AUTH_FAILURES_PER_MINUTE` times within a minute, whatever the door. It
 * is one count for all faces of a process, and kept in its memory on purpose: an attacker must not be able to make the server
 * write. So several processes let through as many times more.
 *
 *   a token, which cannot be guessed: look first, `fail` when it is wrong. A good one is let in whatever its address has done, or
 *     one bad client behind a proxy would lock out all the others
 *   a password, which can be guessed: `check` first, so that a right guess is not told from a wrong one any more
 */
@Injectable()
export class FailureThrottle {
  private readonly limit: number;
  private readonly windows = new LRUCache<string, Window>({ max: 100_000 });

  constructor(settings: Settings) {
    this.limit = settings.AUTH_FAILURES_PER_MINUTE;
  }

  /** Notes a failure. @throws DomainError rate_limited `auth.too_many_failures` when it is one too many */
  fail(address: string): void {
    if (this.limit === 0) return;
    const window = this.open(address) ?? { failures: 0, endsAt: performance.now() + WINDOW_MS };
    window.failures += 1;
    this.windows.set(address, window);
    if (window.failures > this.limit) throw this.tooMany(window);
  }

  /** @throws DomainError rate_limited `auth.too_many_failures` when the address has failed too often */
  check(address: string): void {
    const window = this.open(address);
    if (window && window.failures >= this.limit) throw this.tooMany(window);
  }

  private open(address: string): Window | undefined {
    const window = this.windows.get(address);
    return window && window.endsAt > performance.now() ? window : undefined;
  }

  /** `retryAfterSeconds` is for the faces, which put it into the `Retry-After` header. */
  private tooMany({ endsAt }: Window): DomainError {
    const retryAfterSeconds = Math.max(1, Math.ceil((endsAt - performance.now()) / 1000));
    return new DomainError(
      'rate_limited',
      'auth.too_many_failures',
      `Too many failed attempts from this address: ${this.limit} are allowed in a minute. Try again in ${retryAfterSeconds} seconds.`,
      { limit: this.limit, retryAfterSeconds },
    );
  }
}
