import { Settings } from '../config/settings.js';
import { FailureThrottle } from './failure-throttle.js';

const throttleOf = (limit: number) =>
  new FailureThrottle(Object.assign(new Settings(), { AUTH_FAILURES_PER_MINUTE: limit }));
const fail = (throttle: FailureThrottle, address: string, times: number): void => {
  for (let i = 0; i < times; i++) throttle.fail(address);
};
const tooMany = expect.objectContaining({
  kind: 'rate_limited',
  code: 'auth.too_many_failures',
  details: { limit: 3, retryAfterSeconds: expect.any(Number) },
});

describe('FailureThrottle', () => {
  afterEach(() => jest.restoreAllMocks());

  it('lets an address fail as often as it may, and no more', () => {
    const throttle = throttleOf(3);
    fail(throttle, 'a', 3);
    expect(() => throttle.fail('a')).toThrow(tooMany);
    fail(throttle, 'b', 3);
  });

  it('refuses an address that has used up its failures before it is looked at again', () => {
    const throttle = throttleOf(3);
    fail(throttle, 'a', 2);
    throttle.check('a');
    fail(throttle, 'a', 1);
    expect(() => throttle.check('a')).toThrow(tooMany);
    throttle.check('b');
  });

  it('forgets after a minute, which it tells', () => {
    const throttle = throttleOf(3);
    const clock = jest.spyOn(performance, 'now').mockReturnValue(1000);
    fail(throttle, 'a', 3);
    clock.mockReturnValue(51_000);
    expect(() => throttle.check('a')).toThrow(/in 10 seconds/);
    clock.mockReturnValue(61_001);
    throttle.check('a');
    fail(throttle, 'a', 3);
  });

  it('counts nothing without a limit', () => {
    const throttle = throttleOf(0);
    fail(throttle, 'a', 1000);
    throttle.check('a');
  });
});
