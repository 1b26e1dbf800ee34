import { randomFillSync } from 'node:crypto';
import { monotonicFactory, ulid } from 'ulid';

/** Random bytes are generated per page: one call per digit, the default of `ulid`, takes 60 µs per id instead of 2. */
const page = Buffer.alloc(4096);
let used = page.length;

function random(): number {
  if (used === page.length) {
    randomFillSync(page);
    used = 0;
  }
  return page[used++] / 256;
}

const next = monotonicFactory(random);

/** A new id: a lower-case ULID, monotonic within one process. */
export const newId = (): string => next().toLowerCase();

/**
 * A new id with the given time, to the millisecond: ids are ordered by time, also across processes.
 *
 * @param at milliseconds since 1970
 */
export const newIdAt = (at: number): string => ulid(at, random).toLowerCase();
