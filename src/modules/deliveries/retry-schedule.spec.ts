import { retryDelay } from './retry-schedule.js';

const SCHEDULE = [0, 2, 10, 30];
const NOW = Date.parse('2026-11-22T12:00:00Z');
const failed = { httpStatus: 500, timedOut: false };

describe('retryDelay', () => {
  it('follows the schedule and ends with it', () => {
    const delays = [1, 2, 3, 4].map((attempts) => retryDelay(SCHEDULE, attempts, failed, NOW, 0));
    expect(delays).toEqual([2000, 10_000, 30_000, undefined]);
  });

  it('adds jitter of up to a fifth and never shortens the delay', () => {
    expect(retryDelay(SCHEDULE, 3, failed, NOW, 1)).toBe(36_000);
    expect(retryDelay([0, 0.1], 1, failed, NOW, 1)).toBe(350);
    expect(retryDelay([0, 86_400], 1, failed, NOW, 1)).toBe(87_300_000);
  });

  it.each([
    ['a timeout', { httpStatus: null, timedOut: true }],
    ['429', { httpStatus: 429, timedOut: false }],
  ])('waits at least 10 s after %s', (_name, failure) => {
    expect(retryDelay(SCHEDULE, 1, failure, NOW, 0)).toBe(10_000);
    expect(retryDelay(SCHEDULE, 3, failure, NOW, 0)).toBe(30_000);
  });

  it.each([
    ['7', 7000],
    ['99999', 3_600_000],
    ['Sun, 22 Nov 2026 12:00:20 GMT', 20_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 2000],
    ['-1', 2000],
    ['banana', 2000],
    ['', 2000],
  ])('applies Retry-After: %s', (retryAfter, delay) => {
    expect(retryDelay(SCHEDULE, 1, { httpStatus: 503, timedOut: false, retryAfter }, NOW, 0)).toBe(delay);
  });

  it('ignores Retry-After of other statuses than 429 and 503', () => {
    expect(retryDelay(SCHEDULE, 1, { ...failed, retryAfter: '60' }, NOW, 0)).toBe(2000);
  });
});
