/** Ends a reply that hit the output limit. */
export const TRUNCATION_MARK = '…';

/** A word after these needs a space, unless the script is written without spaces. */
const BEFORE_WORD = /[\p{L}\p{N}.,;:!?)\]"”]$/u;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]$/u;
const WORD = /^[\p{L}\p{N}]/u;

/** The text without a trailing truncation mark. */
export const withoutTruncationMark = (text: string): string =>
  text.endsWith(TRUNCATION_MARK) ? text.slice(0, -TRUNCATION_MARK.length) : text;

/** Joins a reply with its continuation. */
export function joinParts(first: string, rest: string): string {
  const before = withoutTruncationMark(first);
  const isNewWord = BEFORE_WORD.test(before) && !UNSPACED.test(before) && WORD.test(rest);
  return `${before}${isNewWord ? ' ' : ''}${rest}`;
}
