import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Settings } from '../config/settings.js';
import type { RateLimitStore } from '../rate-limit/rate-limit-store.js';
import { RateLimiter } from '../rate-limit/rate-limiter.js';
import { FailureThrottle } from './failure-throttle.js';

const memory: RateLimitStore = {
  counterOf: (_, { max, seconds }) => new RateLimiterMemory({ points: max, duration: seconds }),
  close: () => undefined,
};
const throttleOf = (limit: number) => {
  const settings = Object.assign(new Settings(), { AUTH_FAILURES_PER_MINUTE: limit });
  return new FailureThrottle(settings, new RateLimiter({} as never, settings, memory));
};
const fail = async (throttle: FailureThrottle, address: string, times: number): Promise<void> => {
  for (let i = 0; i < times; i++) await throttle.fail(address);
};
const tooMany = expect.objectContaining({
  kind: 'rate_limited',
  code: 'auth.too_many_failures',
  details: { limit: 3, windowSeconds: expect.any(Number), retryAfterSeconds: expect.any(Number) },
});

describe('FailureThrottle', () => {
  it('limits the failures of an address', async () => {
    const throttle = throttleOf(3);
    await fail(throttle, '192.0.2.1', 3);
    await expect(throttle.fail('192.0.2.1')).rejects.toEqual(tooMany);
    await fail(throttle, '192.0.2.2', 3);
  });

  it('counts the addresses of one IPv6 network together', async () => {
    const throttle = throttleOf(3);
    await fail(throttle, '2001:db8::1', 3);
    await expect(throttle.fail('2001:db8::2')).rejects.toEqual(tooMany);
  });

  it('counts nothing without a limit', () => fail(throttleOf(0), '192.0.2.1', 1000));
});
