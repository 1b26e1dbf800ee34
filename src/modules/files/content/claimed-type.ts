import { typeMismatch } from '../file.errors.js';
import type { FoundType } from './found-type.js';

/** Sorts of types that are told from each other by their content; within one a wrong name does no harm. */
type TypeClass = 'a picture' | 'an SVG picture' | 'audio or video' | 'a PDF' | 'an archive';

const PICTURES =
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
  ['a picture', PICTURES],
  ['an SVG picture', 'image/svg+xml'],
  ['audio or video', MEDIA],
  ['a PDF', 'application/pdf'],
  ['an archive', ARCHIVES],
]);
const CLASS_OF_EXTENSION = table([
  ['a picture', 'png apng jpg jpeg jpe jfif gif webp bmp tif tiff avif heic heif'],
  ['an SVG picture', 'svg'],
  ['audio or video', 'mp3 ogg oga ogv opus wav aac m4a flac mp4 m4v mov webm mkv avi flv 3gp mpg mpeg'],
  ['a PDF', 'pdf'],
  ['an archive', 'zip docx xlsx pptx odt ods odp epub jar'],
]);

/** Types that senders give when they do not know better. */
const GENERIC = ['', 'text/plain', 'application/octet-stream', 'binary/octet-stream', 'application/unknown'];
const TYPE_FORM = /^[a-z0-9][\w!#$&^.+-]{0,62}\/[a-z0-9][\w!#$&^.+-]{0,62}$/;

/** Containers that hold sound as well as pictures: only who made one can tell. */
const EITHER =
  /^((audio|video)\/(mp4|x-m4a|x-m4v|quicktime|webm|matroska|x-matroska|ogg|3gpp|3gpp2)|application\/ogg)$/;

/** @returns the type without its parameters, in lower case; `""` when it says nothing */
export function readStatedType(stated: string | undefined): string {
  const type = (stated ?? '').split(';', 1)[0].trim().toLowerCase();
  return TYPE_FORM.test(type) && !GENERIC.includes(type) ? type : '';
}

/**
 * Compares what a file is said to be, by its type and by its name, with what it is.
 *
 * @param stated as `readStatedType` returns it
 * @throws DomainError invalid `file.type_mismatch`
 */
export function compareTypes(stated: string, name: string, found: FoundType | undefined): void {
  const isReally = found && classOf(found);
  for (const [claim, said] of [
    [CLASS_OF_TYPE.get(stated), `its type ${stated}`],
    [CLASS_OF_EXTENSION.get(extensionOf(name)), `its name`],
  ]) {
    if (claim !== undefined && claim !== isReally) {
      const content = found ? `its content is ${found.mimeType}` : 'its content is not';
      throw typeMismatch(`by ${said} it is ${claim}, ${content}`);
    }
  }
}

/**
 * The type that a file is stored under: what it is said to be as long as that says more than its content, else what it is.
 *
 * @param stated as `readStatedType` returns it; compared with `found` already
 * @param isText whether the content may be text
 */
export function settleType(stated: string, found: FoundType | undefined, isText: boolean): string {
  if (!found) return stated || (isText ? 'text/plain' : 'application/octet-stream');
  if (!stated) return found.mimeType;
  switch (classOf(found)) {
    case 'a picture':
      return stated === 'sticker/webp' && found.mimeType === 'image/webp' ? stated : found.mimeType;
    case 'audio or video':
      return EITHER.test(found.mimeType) && CLASS_OF_TYPE.get(stated) === 'audio or video' ? stated : found.mimeType;
    case 'a PDF':
    case 'an SVG picture':
      return found.mimeType;
    case 'an archive':
    case undefined:
      return stated;
  }
}

/** In lower case, without the dot; `""` when the name has none. */
export const extensionOf = (name: string): string => /\.([^.]+)$/.exec(name)?.[1].toLowerCase() ?? '';

function classOf({ mimeType, extension }: FoundType): TypeClass | undefined {
  const known = CLASS_OF_TYPE.get(mimeType);
  if (known) return known;
  if (/^(audio|video)\//.test(mimeType)) return 'audio or video';
  // The library tells apart more formats that are archives inside than anybody could list.
  return mimeType.endsWith('+zip') || CLASS_OF_EXTENSION.get(extension) === 'an archive' ? 'an archive' : undefined;
}

function table(rows: readonly [TypeClass, string][]): ReadonlyMap<string, TypeClass> {
  return new Map(rows.flatMap(([name, list]) => list.split(' ').map((item): [string, TypeClass] => [item, name])));
}
