import sanitizeHtml from 'sanitize-html';
import { wrongPayload } from './connector-payload.js';
import type { ConnectorIds } from './connector-ids.js';

export const PARSE_MODES = ['text', 'markdown', 'html'] as const;
export type ParseMode = (typeof PARSE_MODES)[number];

/** What can be seen of a text, with the addresses of its links; what is only markup does not count. */
export const MAX_TEXT_LENGTH = 4096;
const LINK_SCHEMES = ['http', 'https', 'mailto', 'tel', 'trueconf'];
const ALLOWED: sanitizeHtml.IOptions = {
  allowedTags: ['b', 'i', 's', 'u', 'a', 'br'],
  allowedAttributes: { a: ['href'] },
  allowedSchemes: LINK_SCHEMES,
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
};
const NOTHING_ALLOWED: sanitizeHtml.IOptions = { allowedTags: [], allowedAttributes: {} };
const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };
const MARKDOWN_LINK = /\[([^\]\n]*)\]\(\s*([^)\s]+)[^)\n]*\)/g;
const HREF = /href="([^"]*)"/g;

/** A text in one of the contract's three modes, made safe. */
export interface MarkedText {
  /** What is to be read of it, for all who know no markup. */
  plain: string;
  /** Undefined for plain text. */
  markup: { mode: 'html' | 'markdown'; text: string } | undefined;
  mentionedIds: string[];
  mentionsAll: boolean;
}

/** @throws ConnectorError 399 when it is too long, or empty */
export function readText(text: string, mode: ParseMode, ids: ConnectorIds): MarkedText {
  const clean = mode === 'html' ? sanitizeHtml(text, ALLOWED) : mode === 'markdown' ? cleanMarkdown(text) : text;
  const plain = plainTextOf(clean, mode);
  const links = linksOf(clean, mode);
  const visible = plain.length + (mode === 'html' ? links.reduce((sum, link) => sum + link.length, 0) : 0);
  if (visible > MAX_TEXT_LENGTH) throw wrongPayload(`A text may have ${MAX_TEXT_LENGTH} characters at most.`);
  if (plain.trim() === '') throw wrongPayload('The text must not be empty.');
  return {
    plain,
    markup: mode === 'text' ? undefined : { mode, text: clean },
    mentionedIds: links.flatMap((link) => mentionOf(link, ids)),
    mentionsAll: plain.trim() === '@all',
  };
}

/** What is to be read of a text. Markdown can be read as it is. */
export function plainTextOf(text: string, mode: ParseMode): string {
  if (mode !== 'html') return text;
  const withBreaks = text.replace(/<br\s*\/?>/gi, '\n');
  return decode(sanitizeHtml(withBreaks, NOTHING_ALLOWED));
}

/** HTML within it is shown and not obeyed; a link to something else than a page or a user is its text. */
function cleanMarkdown(text: string): string {
  return text
    .replace(/<(?=[a-z/!?])/gi, '&lt;')
    .replace(MARKDOWN_LINK, (link, label: string, target: string) => (hasKnownScheme(target) ? link : label));
}

function hasKnownScheme(target: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(decode(target).trim())?.[1];
  return scheme !== undefined && LINK_SCHEMES.includes(scheme.toLowerCase());
}

function linksOf(text: string, mode: ParseMode): string[] {
  if (mode === 'html') return [...text.matchAll(HREF)].map(([, href]) => decode(href));
  return mode === 'markdown' ? [...text.matchAll(MARKDOWN_LINK)].map(([, , target]) => target) : [];
}

/** `trueconf:<user id>`, and maybe `&do=profile`. */
function mentionOf(link: string, ids: ConnectorIds): string[] {
  if (!link.toLowerCase().startsWith('trueconf:')) return [];
  const id = ids.parse(link.slice('trueconf:'.length).split(/[&?]/, 1)[0]);
  return id === '' ? [] : [id];
}

const decode = (text: string): string => text.replace(/&(?:lt|gt|quot|amp);/g, (entity) => ENTITIES[entity]);
