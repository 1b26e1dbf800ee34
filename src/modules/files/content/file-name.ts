import { Buffer } from 'node:buffer';

const MAX_BYTES = 200;
const FALLBACK = 'file';
/** Of a longer name only this many characters at its beginning and at its end are processed. */
const MAX_CHARACTERS_OF_EACH_END = 512;

/** Control, bidirectional and invisible characters, which can disguise a name. */
const INVISIBLE = /\u034f|[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
/** Characters with a special meaning in file systems, shells or headers. */
const RESERVED_CHARACTERS = /["*:<>?|\\/]/g;
/** Device names on Windows, with any extension. */
const RESERVED_NAMES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * Makes a name safe to display, to send in a header and to save on any file system. Keeps letters of all scripts and the
 * extension.
 */
export function cleanFileName(name: string | undefined): string {
  const wellFormed = Buffer.from(boundLength(lastPartOf(name ?? '')), 'utf8')
    .toString('utf8')
    .normalize('NFC');
  const plain = lastPartOf(wellFormed.replace(INVISIBLE, ''))
    .replace(RESERVED_CHARACTERS, '_')
    .replace(/^[\s.]+|[\s.]+$/g, '')
    .replace(/\s+/g, ' ');
  if (plain === '') return FALLBACK;
  return shorten(RESERVED_NAMES.test(plain) ? `_${plain}` : plain);
}

const lastPartOf = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/** Bounds the length first, since the following steps are superlinear in it. */
const boundLength = (name: string): string =>
  name.length <= 2 * MAX_CHARACTERS_OF_EACH_END
    ? name
    : name.slice(0, MAX_CHARACTERS_OF_EACH_END) + name.slice(-MAX_CHARACTERS_OF_EACH_END);

/** Shortens the name before its extension, at a character boundary. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const [extension = ''] = /\.[^.]{1,16}$/.exec(name) ?? [];
  const room = MAX_BYTES - Buffer.byteLength(extension);
  let stem = '';
  for (const character of name.slice(0, name.length - extension.length)) {
    if (Buffer.byteLength(stem) + Buffer.byteLength(character) > room) break;
    stem += character;
  }
  return stem.trimEnd() + extension;
}
