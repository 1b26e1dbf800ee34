/** At the end of an answer for which there was not enough room. */
export const CUT_OFF = '…';

/** Behind these a word is a new one, unless the script is written without spaces. */
const BEFORE_WORD = /[\p{L}\p{N}.,;:!?)\]"”]$/u;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]$/u;
const WORD = /^[\p{L}\p{N}]/u;

/** What an answer has said before it was cut off. */
export const withoutCut = (text: string): string => (text.endsWith(CUT_OFF) ? text.slice(0, -CUT_OFF.length) : text);

/** The first part of an answer, and how it goes on. */
export function joinParts(first: string, rest: string): string {
  const before = withoutCut(first);
  const isNewWord = BEFORE_WORD.test(before) && !UNSPACED.test(before) && WORD.test(rest);
  return `${before}${isNewWord ? ' ' : ''}${rest}`;
}
