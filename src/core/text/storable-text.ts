const LONE_SURROGATE = /\p{Surrogate}/gu;
const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/** Cuts a text without splitting a character. @returns at most `maxLength` UTF-16 units */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const isSplit = maxLength > 0 && isHighSurrogate(text.charCodeAt(maxLength - 1));
  return text.slice(0, isSplit ? maxLength - 1 : maxLength);
}

/**
 * Sanitizes an external text for the database: Postgres rejects NUL in any text, and lone surrogates in `jsonb`.
 *
 * @returns at most `maxLength` UTF-16 units, well-formed
 */
export const storableText = (text: string, maxLength = Infinity): string =>
  cutText(text, maxLength).replaceAll('\0', '').replace(LONE_SURROGATE, '\ufffd');
