import MarkdownIt, { type MarkdownIt as MarkdownParser } from 'markdown-it';
import { Parser } from 'htmlparser2';
import sanitizeHtml from 'sanitize-html';
import { hashToken } from '../../core/crypto/tokens.js';
import { wrongPayload } from './connector-payload.js';
import type { ConnectorIds } from './connector-ids.js';

const LINK_SCHEMES: readonly string[] = ['http', 'https', 'mailto', 'tel', 'trueconf'];

interface MarkdownContent {
  /** The source with neutralized tags and link addresses of unknown schemes. */
  clean: string;
  /** Addresses of the links. */
  links: string[];
  /** Count of visible characters: markers of bold, italic and strikethrough are excluded, link addresses are included. */
  visible: number;
}

interface Link {
  start: number;
  end: number;
  label: string;
  address: string;
}

/** State that the parser passes between rules. */
type Environment = Record<string, unknown> & { links?: Link[] };

/** Text that a Markdown renderer could take for an HTML tag. */
const TAG = /<(?=[a-z/!?])/gi;
/** An address after a label, including cases that only simpler parsers than CommonMark take for a link. */
const ADDRESS = /\]\((\s*<?)([^)\s>]*)/g;
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const LINE_BREAKS = /\r\n?/g;

const parser = createParser();

/**
 * Sanitizes Markdown for any renderer and measures it. A link with an unknown scheme is replaced by its label. Only the syntax of
 * the contract is parsed: bold, italic, strikethrough and links. Code spans and escapes do not hide a link.
 */
function readMarkdown(source: string): MarkdownContent {
  const text = source.replace(LINE_BREAKS, '\n').replace(TAG, '&lt;');
  const { links, visible } = parse(text);
  const clean = replaceUnknownLinks(text, links).replace(ADDRESS, (all, lead: string, address: string) =>
    hasKnownScheme(address) || address === '' ? all : `]\\(${lead}${address}`,
  );
  const known = links.filter(({ address }) => hasKnownScheme(address)).map(({ address }) => address);
  return { clean, links: known, visible };
}

function hasKnownScheme(address: string): boolean {
  const scheme = SCHEME.exec(address.trim())?.[1];
  return scheme !== undefined && LINK_SCHEMES.includes(scheme.toLowerCase());
}

function parse(text: string): { links: Link[]; visible: number } {
  const environment: Environment = {};
  let visible = 0;
  for (const { children } of parser.parseInline(text, environment)) {
    for (const { type, content } of children ?? []) if (type === 'text') visible += content.length;
  }
  const { links = [] } = environment;
  return { links, visible: visible + links.reduce((sum, { address }) => sum + address.length, 0) };
}

function replaceUnknownLinks(text: string, links: readonly Link[]): string {
  let clean = '';
  let from = 0;
  for (const { start, end, label, address } of links) {
    if (hasKnownScheme(address)) continue;
    clean += text.slice(from, start) + label;
    from = end;
  }
  return clean + text.slice(from);
}

/** @returns a parser that records the source position of each link */
function createParser(): MarkdownParser {
  const markdown = new MarkdownIt('zero').enable('link');
  const link = markdown.inline.ruler.getRules('').at(-1)!;
  markdown.inline.ruler.at('link', (state, silent) => {
    const start = state.pos;
    const hasLink = link(state, silent);
    if (!hasLink || silent) return hasLink;
    const address = String(state.tokens.findLast(({ type }) => type === 'link_open')?.attrGet('href') ?? '');
    const labelEnd = state.md.helpers.parseLinkLabel(state, start, true);
    const environment = state.env as Environment;
    (environment.links ??= []).push({ start, end: state.pos, label: state.src.slice(start + 1, labelEnd), address });
    return true;
  });
  // Addresses are checked and counted as written.
  markdown.normalizeLink = (address) => address;
  markdown.validateLink = () => true;
  return markdown.enable(['emphasis', 'strikethrough']);
}

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
