import { MAX_PIXELS } from '../content/kinds.js';

/** Resource limits of a preview process. It is killed beyond them. */
export const PREVIEW_LIMITS = {
  /** Also for formats that are not checked at the upload. */
  maxPixels: MAX_PIXELS,
  /** Milliseconds since the start of the process. */
  timeMs: 10_000,
  /** Bytes of resident memory. An image of 40 million pixels at 16 bits takes 320 MB when decoded completely. */
  memoryBytes: 512 * 1024 * 1024,
} as const;

/** Pixels of the longer side. */
export const PREVIEW_SIDE = 512;
export const PREVIEW_TYPE = 'image/webp';

/** Exit status for a file of which no preview can be generated; a retry is useless. */
export const IMPOSSIBLE_STATUS = 3;
