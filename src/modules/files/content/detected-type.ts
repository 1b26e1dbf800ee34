import { isUtf8 } from 'node:buffer';
import { fileTypeFromBuffer } from 'file-type/core';

/** The type of a file by its first bytes. */
export interface DetectedType {
  mimeType: string;
  /** Without the dot. */
  extension: string;
}

/** Number of bytes from which the type is detected. */
export const HEAD_BYTES = 4100;

const SVG: DetectedType = { mimeType: 'image/svg+xml', extension: 'svg' };
const TIFF: DetectedType = { mimeType: 'image/tiff', extension: 'tif' };
const TIFF_SIGNATURES = ['II*\0', 'MM\0*'];
const TEXT_BASED = ['application/pdf', 'application/rtf', 'application/xml', 'application/postscript'];

/** @returns undefined for text and for unknown signatures */
export async function detectType(head: Buffer): Promise<DetectedType | undefined> {
  const isText = looksLikeText(head);
  if (isText && /<svg[\s>]/i.test(head.toString('latin1'))) return SVG;
  const found = await fileTypeFromBuffer(head).catch(() => undefined); // throws for some truncated archives
  // Some signatures are two letters ("BM" for bitmaps, "MZ" for programs), which can also begin a text.
  if (found && isText && !TEXT_BASED.includes(found.mime)) return undefined;
  if (found) return { mimeType: found.mime.split(';', 1)[0].toLowerCase(), extension: found.ext };
  // Most TIFFs store their directory at the end of the file, beyond the head that the library reads.
  return TIFF_SIGNATURES.includes(head.toString('latin1', 0, 4)) ? TIFF : undefined;
}

/** Whether these bytes, truncated anywhere, can be UTF-8 text. */
export function looksLikeText(head: Buffer): boolean {
  // The last character can be incomplete.
  const cuts = head.length < HEAD_BYTES ? [0] : [0, 1, 2, 3];
  if (!cuts.some((cut) => isUtf8(head.subarray(0, head.length - cut)))) return false;
  return !/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(head.toString('latin1'));
}
