/** Ends a reply that hit the output limit. */
export const CUT_OFF = '…';

/** A word after these needs a space, unless the script is written without spaces. */
const BEFORE_WORD = /[\p{L}\p{N}.,;:!?)\]"”]$/u;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]$/u;
const WORD = /^[\p{L}\p{N}]/u;

/** The text without a trailing truncation mark. */
export const withoutCut = (text: string): string => (text.endsWith(CUT_OFF) ? text.slice(0, -CUT_OFF.length) : text);

/** Joins a reply with its continuation. */
export function joinParts(first: string, rest: string): string {
  const before = withoutCut(first);
  const isNewWord = BEFORE_WORD.test(before) && !UNSPACED.test(before) && WORD.test(rest);
  return `${before}${isNewWord ? ' ' : ''}${rest}`;
}
