/**
 * Whether brackets are nested deeper than `limit`. One pass over the unparsed text, which may be invalid JSON: about a
 * nanosecond per character, while parsing a hostile 256 KiB of `[` takes tens of milliseconds.
 */
export function isNestedDeeperThan(limit: number, json: string): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    switch (json.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(json, i);
        break;
      case OPEN_BRACKET:
      case OPEN_BRACE:
        if (++depth > limit) return true;
        break;
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth--;
        break;
    }
  }
  return false;
}

/**
 * Whether more values than `limit` are separated by commas: array items and object fields in total. One pass over the unparsed
 * text, which may be invalid JSON. It limits the work of the parser, of `locateJsonFault` and of the validation.
 */
export function hasMoreValuesThan(limit: number, json: string): boolean {
  if (json.length <= limit) return false;
  let commas = 0;
  for (let i = 0; i < json.length; i++) {
    const character = json.charCodeAt(i);
    if (character === QUOTE) i = endOfString(json, i);
    else if (character === COMMA && ++commas > limit) return true;
  }
  return false;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** @returns the offset of the closing quote of the string at `start`, or the end of the text if there is none */
function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (i < json.length && json.charCodeAt(i) !== QUOTE) i += json.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i;
}

const WHITESPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const LITERAL = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;

/** The next token; `item` and `key` follow an opening bracket, where the closing one is allowed as well. */
type Expected = 'value' | 'item' | 'key' | 'next key' | 'colon' | 'comma or end';

/**
 * Locates the first fault in a text that `JSON.parse` rejected. V8 reports the position for some faults only, and then
 * together with a part of the body. Only used for errors: it is about twenty times slower than the parser, so the caller limits
 * the number of values first.
 *
 * @returns the offset of the first unexpected token, in UTF-16 units; the length of the text if it ends too early
 */
export function locateJsonFault(json: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;

  const skip = (token: RegExp): boolean => {
    token.lastIndex = at;
    if (!token.test(json)) return false;
    at = token.lastIndex;
    return true;
  };
  const acceptsValue = () => expected === 'value' || expected === 'item';
  const acceptsKey = () => expected === 'key' || expected === 'next key';
  const closes = (bracket: string) =>
    open.at(-1) === bracket && (expected === 'comma or end' || expected === (bracket === '[' ? 'item' : 'key'));

  for (skip(WHITESPACE); at < json.length; skip(WHITESPACE)) {
    const character = json[at];
    if ((character === '[' || character === '{') && acceptsValue()) {
      open.push(character);
      expected = character === '[' ? 'item' : 'key';
      at++;
    } else if ((character === ']' && closes('[')) || (character === '}' && closes('{'))) {
      open.pop();
      expected = 'comma or end';
      at++;
    } else if (character === ',' && expected === 'comma or end' && open.length > 0) {
      expected = open.at(-1) === '[' ? 'value' : 'next key';
      at++;
    } else if (character === ':' && expected === 'colon') {
      expected = 'value';
      at++;
    } else if (acceptsKey() && skip(STRING)) {
      expected = 'colon';
    } else if (acceptsValue() && (skip(STRING) || skip(LITERAL))) {
      expected = 'comma or end';
    } else {
      return at;
    }
  }
  return json.length;
}
