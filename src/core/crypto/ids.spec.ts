import { decodeTime } from 'ulid';
import { newId, newIdAt } from './ids.js';

const many = (make: (index: number) => string): string[] => Array.from({ length: 5000 }, (_, index) => make(index));

describe('newId', () => {
  it('returns a lower-case ULID of the current time', () => {
    const before = Date.now();
    const id = newId();
    expect(id).toMatch(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
    expect(decodeTime(id)).toBeGreaterThanOrEqual(before);
    expect(decodeTime(id)).toBeLessThanOrEqual(Date.now());
  });

  it('is monotonic, also within one millisecond', () => {
    const ids = many(newId);
    expect(ids).toEqual([...new Set(ids)].sort());
  });
});

describe('newIdAt', () => {
  it('contains exactly the given time, regardless of earlier ids', () => {
    const times = [4_000_000_000_000, 4_000_000_005_000, 4_000_000_000_001, 1_700_000_000_000];
    expect(times.map((at) => decodeTime(newIdAt(at)))).toEqual(times);
    expect(decodeTime(newId())).toBeLessThan(times[0]);
  });

  it('returns unique ids', () => {
    expect(new Set(many(() => newIdAt(4_000_000_000_000))).size).toBe(5000);
  });
});
