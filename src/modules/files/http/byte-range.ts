import type { ByteRange } from '../file.types.js';

/**
 * Parses a `Range` header (RFC 9110, section 14). Several ranges in one request are not supported.
 *
 * @returns the range; undefined for an absent or unknown header; `none` if the range cannot be satisfied
 */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | 'none' | undefined {
  const [, ranges] = /^bytes=(.*)$/i.exec(header ?? '') ?? [];
  if (ranges === undefined) return undefined;
  if (ranges.includes(',')) return 'none';
  const [, from, to] = /^\s*(\d*)-(\d*)\s*$/.exec(ranges) ?? [];
  if (from === undefined || (from === '' && to === '')) return undefined;
  const first = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (to !== '' && from !== '' && Number(to) < Number(from)) return undefined;
  return first <= last ? { first, last } : 'none';
}
