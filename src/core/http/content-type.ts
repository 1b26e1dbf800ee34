/** The format of a body. `other` includes a missing header. */
export type BodyKind = 'json' | 'form' | 'multipart' | 'other';

export interface ContentType {
  readonly kind: BodyKind;
  /** In lower case; undefined if the header contains none. */
  readonly charset?: string;
}

const PLAIN_JSON: ContentType = { kind: 'json' };
const CHARSET = /charset\s*=\s*"?([^\s",;]+)/i;

/**
 * Parses a Content-Type header more leniently than the standard: clients in the field send
 * `application/json, charset=utf8` with a comma, and `utf8` for `utf-8`.
 */
export function parseContentType(header: string | undefined): ContentType {
  if (header === 'application/json') return PLAIN_JSON;
  if (!header) return { kind: 'other' };
  const mediaType = header.split(/[;,]/, 1)[0].trim().toLowerCase();
  return { kind: kindOf(mediaType), charset: CHARSET.exec(header)?.[1].toLowerCase() };
}

function kindOf(mediaType: string): BodyKind {
  if (mediaType === 'application/json' || mediaType === 'text/json' || mediaType.endsWith('+json')) return 'json';
  if (mediaType === 'application/x-www-form-urlencoded') return 'form';
  return mediaType.startsWith('multipart/') ? 'multipart' : 'other';
}
