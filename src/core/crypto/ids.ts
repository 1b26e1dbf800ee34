import { monotonicFactory } from 'ulid';

const next = monotonicFactory();

/** A new id: a lower-case ULID, rising within one process. */
export const newId = (): string => next().toLowerCase();

/** A new id whose time part is the given one. @param at milliseconds since 1970 */
export const newIdAt = (at: number): string => next(at).toLowerCase();
