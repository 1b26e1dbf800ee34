import { isUtf8 } from 'node:buffer';
import { fileTypeFromBuffer } from 'file-type/core';

/** What a file is by its first bytes. */
export interface FoundType {
  mimeType: string;
  /** Without the dot. */
  extension: string;
}

/** As many bytes as the type is found from. */
export const HEAD_BYTES = 4100;

const SVG: FoundType = { mimeType: 'image/svg+xml', extension: 'svg' };
const TIFF: FoundType = { mimeType: 'image/tiff', extension: 'tif' };
const TIFF_SIGNATURES = ['II*\0', 'MM\0*'];
const TEXT_BASED = ['application/pdf', 'application/rtf', 'application/xml', 'application/postscript'];

/** @returns undefined for text, and for what has no signature that is known */
export async function findType(head: Buffer): Promise<FoundType | undefined> {
  const isText = looksLikeText(head);
  if (isText && /<svg[\s>]/i.test(head.toString('latin1'))) return SVG;
  const found = await fileTypeFromBuffer(head).catch(() => undefined); // it throws at some cut-off archives
  // Two letters are enough for some signatures: "BM" for bitmaps, "MZ" for programs. In text they are just letters.
  if (found && isText && !TEXT_BASED.includes(found.mime)) return undefined;
  if (found) return { mimeType: found.mime.split(';', 1)[0].toLowerCase(), extension: found.ext };
  // Most TIFFs tell what they are in detail at their end only, where the library looks for it in vain.
  return TIFF_SIGNATURES.includes(head.toString('latin1', 0, 4)) ? TIFF : undefined;
}

/** Whether these bytes, cut off anywhere, may be UTF-8 text. */
export function looksLikeText(head: Buffer): boolean {
  // A character may be cut in two at the end.
  const cuts = head.length < HEAD_BYTES ? [0] : [0, 1, 2, 3];
  if (!cuts.some((cut) => isUtf8(head.subarray(0, head.length - cut)))) return false;
  return !/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(head.toString('latin1'));
}
