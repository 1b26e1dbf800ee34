import { Parser } from 'htmlparser2';
import sanitizeHtml from 'sanitize-html';
import { hashToken } from '../../core/crypto/tokens.js';
import { wrongPayload } from './connector-payload.js';
import type { ConnectorIds } from './connector-ids.js';
import { LINK_SCHEMES, readMarkdown } from './markdown.js';

export const PARSE_MODES = ['text', 'markdown', 'html'] as const;
export type ParseMode = (typeof PARSE_MODES)[number];

/** What can be seen of a text, with the addresses of its links; what is only markup does not count. */
export const MAX_TEXT_LENGTH = 4096;
/** UTF-16 units of a text with its markup, looked at before anything parses it: four times as much markup as text passes. */
export const MAX_RAW_LENGTH = 4 * MAX_TEXT_LENGTH;
/** Tags within tags; those further in are left out. */
const MAX_NESTING = 32;
const ALLOWED: sanitizeHtml.IOptions = {
  allowedTags: ['b', 'i', 's', 'u', 'a', 'br'],
  allowedAttributes: { a: ['href'] },
  allowedSchemes: [...LINK_SCHEMES],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  nestingLimit: MAX_NESTING,
};

/** A text in one of the contract's three modes, made safe. */
export interface MarkedText {
  /** What is to be read of it, for all who know no markup. */
  plain: string;
  /** Undefined for plain text. */
  markup: { mode: 'html' | 'markdown'; text: string; plainHash: string } | undefined;
  mentionedIds: string[];
  mentionsAll: boolean;
}

interface Content {
  /** The text with its markup, made safe. */
  clean: string;
  plain: string;
  links: string[];
  /** Characters that can be seen, as the contract counts them. */
  visible: number;
}

/** @throws ConnectorError 399 when it is too long, or empty */
export function readText(text: string, mode: ParseMode, ids: ConnectorIds): MarkedText {
  if (text.length > MAX_RAW_LENGTH)
    throw wrongPayload(`A text may have ${MAX_RAW_LENGTH} characters at most, its markup included.`);
  const { clean, plain, links, visible } = contentOf(text, mode);
  if (visible > MAX_TEXT_LENGTH) throw wrongPayload(`A text may have ${MAX_TEXT_LENGTH} characters at most.`);
  if (plain.trim() === '') throw wrongPayload('The text must not be empty.');
  return {
    plain,
    markup: mode === 'text' ? undefined : { mode, text: clean, plainHash: hashOf(plain) },
    mentionedIds: links.flatMap((link) => mentionOf(link, ids)),
    mentionsAll: plain.trim() === '@all',
  };
}

/** @returns whether `plain` is what is to be read of markup that `readText` has made */
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

/** Reads HTML that has only allowed tags: without its tags, entities and line breaks as what they stand for. */
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

/** `trueconf:<user id>`, and maybe `&do=profile`. */
function mentionOf(link: string, ids: ConnectorIds): string[] {
  if (!link.toLowerCase().startsWith('trueconf:')) return [];
  const id = ids.parse(link.slice('trueconf:'.length).split(/[&?]/, 1)[0]);
  return id === '' ? [] : [id];
}
