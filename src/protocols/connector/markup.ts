import { Parser } from 'htmlparser2';
import sanitizeHtml from 'sanitize-html';
import { hashToken } from '../../core/crypto/tokens.js';
import { wrongPayload } from './connector-payload.js';
import type { ConnectorIds } from './connector-ids.js';
import { LINK_SCHEMES, readMarkdown } from './markdown.js';

export const PARSE_MODES = ['text', 'markdown', 'html'] as const;
export type ParseMode = (typeof PARSE_MODES)[number];

/** Visible characters of a text. Link addresses count; other markup does not. */
export const MAX_TEXT_LENGTH = 4096;
/** UTF-16 units of a text including markup, checked before parsing. */
export const MAX_RAW_LENGTH = 4 * MAX_TEXT_LENGTH;
/** Nesting of tags; deeper tags are dropped. */
const MAX_NESTING = 32;
const ALLOWED: sanitizeHtml.IOptions = {
  allowedTags: ['b', 'i', 's', 'u', 'a', 'br'],
  allowedAttributes: { a: ['href'] },
  allowedSchemes: [...LINK_SCHEMES],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  nestingLimit: MAX_NESTING,
};

/** A sanitized text in one of the three parse modes. */
export interface MarkedText {
  /** The text without markup. */
  plain: string;
  /** Undefined for plain text. */
  markup: { mode: 'html' | 'markdown'; text: string; plainHash: string } | undefined;
  mentionedIds: string[];
  mentionsAll: boolean;
}

interface Content {
  /** The sanitized text with markup. */
  clean: string;
  plain: string;
  links: string[];
  /** Count of visible characters by the contract's rules. */
  visible: number;
}

/** @throws ConnectorError 399 if the text is too long or empty */
export function readText(text: string, mode: ParseMode, ids: ConnectorIds): MarkedText {
  if (text.length > MAX_RAW_LENGTH)
    throw wrongPayload(`Text must be at most ${MAX_RAW_LENGTH} characters including markup.`);
  const { clean, plain, links, visible } = contentOf(text, mode);
  if (visible > MAX_TEXT_LENGTH) throw wrongPayload(`Text must be at most ${MAX_TEXT_LENGTH} characters.`);
  if (plain.trim() === '') throw wrongPayload('Text must not be empty.');
  return {
    plain,
    markup: mode === 'text' ? undefined : { mode, text: clean, plainHash: hashOf(plain) },
    mentionedIds: links.flatMap((link) => mentionOf(link, ids)),
    mentionsAll: plain.trim() === '@all',
  };
}

/** @returns whether `plain` is the plain form of markup from `readText` */
export function isPlainFormOf(
  plain: string,
  { mode, text, plainHash }: { mode: ParseMode; text: string; plainHash?: string },
): boolean {
  if (plainHash !== undefined) return hashOf(plain) === plainHash;
  return (mode === 'html' ? readHtml(text).plain : text) === plain;
}

const hashOf = (text: string): string => hashToken(text).toString('base64url');

function contentOf(text: string, mode: ParseMode): Content {
  if (mode === 'text') return { clean: text, plain: text, links: [], visible: text.length };
  if (mode === 'markdown') {
    const { clean, links, visible } = readMarkdown(text);
    return { clean, plain: clean, links, visible };
  }
  const clean = sanitizeHtml(text, ALLOWED);
  const { plain, links } = readHtml(clean);
  return { clean, plain, links, visible: plain.length + links.reduce((sum, link) => sum + link.length, 0) };
}

/** Extracts plain text and links of sanitized HTML. Entities and `<br>` are decoded. */
function readHtml(clean: string): { plain: string; links: string[] } {
  const texts: string[] = [];
  const links: string[] = [];
  const parser = new Parser({
    ontext: (text) => void texts.push(text),
    onopentag: (name, { href }) => {
      if (name === 'br') texts.push('\n');
      else if (name === 'a' && href !== undefined) links.push(href);
    },
  });
  parser.end(clean);
  return { plain: texts.join(''), links };
}

/** Parses `trueconf:<user id>`, optionally followed by `&do=profile`. */
function mentionOf(link: string, ids: ConnectorIds): string[] {
  if (!link.toLowerCase().startsWith('trueconf:')) return [];
  const id = ids.parse(link.slice('trueconf:'.length).split(/[&?]/, 1)[0]);
  return id === '' ? [] : [id];
}
