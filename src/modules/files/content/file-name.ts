import { Buffer } from 'node:buffer';

const MAX_BYTES = 200;
const FALLBACK = 'file';
/** Of a longer name only this many characters from its beginning and from its end are looked at. */
const MAX_CHARACTERS_OF_EACH_END = 512;

/** Control characters, and those that turn the direction of writing or are not seen: what a name is disguised with. */
const UNSEEN = /\u034f|[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
/** What some file system, shell or header takes for its own. */
const RESERVED_CHARACTERS = /["*:<>?|\\/]/g;
/** Devices on Windows, whatever the extension. */
const RESERVED_NAMES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * Makes a name safe to show, to send in a header and to save under, in any folder of any system. It keeps its letters, of
 * whatever script, and its extension.
 */
export function cleanFileName(name: string | undefined): string {
  const wellFormed = Buffer.from(boundLength(lastPartOf(name ?? '')), 'utf8')
    .toString('utf8')
    .normalize('NFC');
  const plain = lastPartOf(wellFormed.replace(UNSEEN, ''))
    .replace(RESERVED_CHARACTERS, '_')
    .replace(/^[\s.]+|[\s.]+$/g, '')
    .replace(/\s+/g, ' ');
  if (plain === '') return FALLBACK;
  return shorten(RESERVED_NAMES.test(plain) ? `_${plain}` : plain);
}

const lastPartOf = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/** What follows costs more than in proportion to the length. */
const boundLength = (name: string): string =>
  name.length <= 2 * MAX_CHARACTERS_OF_EACH_END
    ? name
    : name.slice(0, MAX_CHARACTERS_OF_EACH_END) + name.slice(-MAX_CHARACTERS_OF_EACH_END);

/** Cuts the name before its extension, and never within a character. */
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
