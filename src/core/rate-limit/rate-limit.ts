import { DomainError } from '../errors/domain.error.js';

/** A rate limit, per key and window. */
export interface RateLimit {
  /** Unique in the whole program, at most 40 characters. Part of the keys in the store. */
  readonly name: string;
  /** The code of the error. */
  readonly code: string;
  /** Limited action in the error message: `sign-ups from this address`. */
  readonly what: string;
  /** Shortest first. A window with `max` 0 limits nothing. */
  readonly windows: readonly RateWindow[];
}

export interface RateWindow {
  readonly max: number;
  readonly seconds: number;
}

/** A concurrency limit, per key, over all processes. */
export interface ConcurrencyLimit {
  /** As in `RateLimit`. */
  readonly name: string;
  readonly code: string;
  /** Limited resource in the error message: `event streams of one user`. */
  readonly what: string;
  /** 0 limits nothing. */
  readonly max: number;
}

/** `Retry-After` of a client that was rejected because no slot was free. */
const SLOT_RETRY_SECONDS = 5;

const UNITS: readonly [number, string][] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

const windowName = (seconds: number): string =>
  UNITS.find(([length]) => length === seconds)?.[1] ?? `${seconds} seconds`;

/** The error filters send `retryAfterSeconds` in the `Retry-After` header. */
export function rateLimitExceeded(
  { code, what }: RateLimit,
  { max, seconds }: RateWindow,
  retryAfterSeconds: number,
): DomainError {
  return new DomainError(
    'rate_limited',
    code,
    `Too many ${what}: at most ${max} per ${windowName(seconds)}. Try again in ${retryAfterSeconds} seconds.`,
    { limit: max, windowSeconds: seconds, retryAfterSeconds },
  );
}

export function concurrencyLimitExceeded({ code, what, max }: ConcurrencyLimit): DomainError {
  return new DomainError('rate_limited', code, `Too many ${what}: at most ${max} at the same time.`, {
    limit: max,
    retryAfterSeconds: SLOT_RETRY_SECONDS,
  });
}
