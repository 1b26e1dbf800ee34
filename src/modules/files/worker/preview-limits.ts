/** What a preview may cost. Beyond it the process that makes it is killed. */
export const PREVIEW_LIMITS = {
  /** As many as an upload may have; formats that are not looked through at the upload are stopped by this. */
  maxPixels: 40_000_000,
  /** Milliseconds from the start of the process on. */
  timeMs: 10_000,
  /** Bytes of resident memory. A picture of 40 million pixels that has to be decoded as a whole takes 320 MB at 16 bits. */
  memoryBytes: 512 * 1024 * 1024,
} as const;

/** Pixels of the longer side. */
export const PREVIEW_SIDE = 512;
export const PREVIEW_TYPE = 'image/webp';

/** With this status the process says that no preview can be made of the file, however often it is tried. */
export const IMPOSSIBLE_STATUS = 3;
