import { isUtf8 } from 'node:buffer';
import { fileTypeFromBuffer } from 'file-type/core';
import { typeMismatch } from '../file.errors.js';

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

/** Classes of types that the content distinguishes; a wrong name within a class is harmless. */
type TypeClass = 'image' | 'svg' | 'media' | 'pdf' | 'archive';

const IMAGES =
  'image/png image/jpeg image/jpg image/pjpeg image/gif image/webp image/apng image/bmp image/x-ms-bmp image/tiff image/avif image/heic image/heif sticker/webp';
const MEDIA =
  'audio/mpeg audio/mp3 audio/ogg audio/opus audio/wav audio/x-wav audio/wave audio/aac audio/mp4 audio/x-m4a audio/flac audio/x-flac audio/webm ' +
  'video/mp4 video/webm video/ogg video/quicktime video/x-flv video/x-matroska video/x-msvideo video/mpeg video/3gpp video/x-m4v application/ogg';
const ARCHIVES =
  'application/zip application/x-zip-compressed application/epub+zip application/java-archive ' +
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document application/vnd.openxmlformats-officedocument.spreadsheetml.sheet ' +
  'application/vnd.openxmlformats-officedocument.presentationml.presentation application/vnd.oasis.opendocument.text ' +
  'application/vnd.oasis.opendocument.spreadsheet application/vnd.oasis.opendocument.presentation';

const CLASS_OF_TYPE = table([
  ['image', IMAGES],
  ['svg', 'image/svg+xml'],
  ['media', MEDIA],
  ['pdf', 'application/pdf'],
  ['archive', ARCHIVES],
]);
const CLASS_OF_EXTENSION = table([
  ['image', 'png apng jpg jpeg jpe jfif gif webp bmp tif tiff avif heic heif'],
  ['svg', 'svg'],
  ['media', 'mp3 ogg oga ogv opus wav aac m4a flac mp4 m4v mov webm mkv avi flv 3gp mpg mpeg'],
  ['pdf', 'pdf'],
  ['archive', 'zip docx xlsx pptx odt ods odp epub jar'],
]);

/** Types that clients send when the type is unknown. */
const GENERIC = ['', 'text/plain', 'application/octet-stream', 'binary/octet-stream', 'application/unknown'];
const TYPE_FORM = /^[a-z0-9][\w!#$&^.+-]{0,62}\/[a-z0-9][\w!#$&^.+-]{0,62}$/;

/** Containers for audio as well as video: the content does not distinguish them. */
const EITHER =
  /^((audio|video)\/(mp4|x-m4a|x-m4v|quicktime|webm|matroska|x-matroska|ogg|3gpp|3gpp2)|application\/ogg)$/;

/** @returns the type without parameters, in lower case; `""` for an invalid or generic type */
export function parseDeclaredType(stated: string | undefined): string {
  const type = (stated ?? '').split(';', 1)[0].trim().toLowerCase();
  return TYPE_FORM.test(type) && !GENERIC.includes(type) ? type : '';
}

/**
 * Checks the declared type and the file extension against the detected type.
 *
 * @param stated as returned by `parseDeclaredType`
 * @throws DomainError invalid `file.type_mismatch`
 */
export function assertTypeMatches(stated: string, name: string, found: DetectedType | undefined): void {
  const actual = found && classOf(found);
  for (const [declared, source] of [
    [CLASS_OF_TYPE.get(stated), `declared type ${stated}`],
    [CLASS_OF_EXTENSION.get(extensionOf(name)), 'file extension'],
  ]) {
    if (declared !== undefined && declared !== actual) {
      const detected = found ? ` Detected type: ${found.mimeType}.` : '';
      throw typeMismatch(`The content does not match the ${source}.${detected}`);
    }
  }
}

/**
 * Resolves the type under which a file is stored: the declared type if it is more specific than the detected one.
 *
 * @param stated as returned by `parseDeclaredType`, already checked by `assertTypeMatches`
 * @param isText whether the content can be text
 */
export function resolveType(stated: string, found: DetectedType | undefined, isText: boolean): string {
  if (!found) return stated || (isText ? 'text/plain' : 'application/octet-stream');
  if (!stated) return found.mimeType;
  switch (classOf(found)) {
    case 'image':
      return stated === 'sticker/webp' && found.mimeType === 'image/webp' ? stated : found.mimeType;
    case 'media':
      return EITHER.test(found.mimeType) && CLASS_OF_TYPE.get(stated) === 'media' ? stated : found.mimeType;
    case 'pdf':
    case 'svg':
      return found.mimeType;
    case 'archive':
    case undefined:
      return stated;
  }
}

/** @returns the extension in lower case, without the dot; `""` if there is none */
export const extensionOf = (name: string): string => /\.([^.]+)$/.exec(name)?.[1].toLowerCase() ?? '';

function classOf({ mimeType, extension }: DetectedType): TypeClass | undefined {
  const known = CLASS_OF_TYPE.get(mimeType);
  if (known) return known;
  if (/^(audio|video)\//.test(mimeType)) return 'media';
  // `file-type` detects more ZIP-based formats than the table lists.
  return mimeType.endsWith('+zip') || CLASS_OF_EXTENSION.get(extension) === 'archive' ? 'archive' : undefined;
}

function table(rows: readonly [TypeClass, string][]): ReadonlyMap<string, TypeClass> {
  return new Map(rows.flatMap(([name, list]) => list.split(' ').map((item): [string, TypeClass] => [item, name])));
}
