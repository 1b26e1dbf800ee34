import MarkdownIt, { type MarkdownIt as MarkdownParser } from 'markdown-it';

export const LINK_SCHEMES: readonly string[] = ['http', 'https', 'mailto', 'tel', 'trueconf'];

export interface MarkdownContent {
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
export function readMarkdown(source: string): MarkdownContent {
  const text = source.replace(LINE_BREAKS, '\n').replace(TAG, '&lt;');
  const { links, visible } = parse(text);
  const clean = replaceUnknownLinks(text, links).replace(ADDRESS, (all, lead: string, address: string) =>
    hasKnownScheme(address) || address === '' ? all : `]\\(${lead}${address}`,
  );
  const known = links.filter(({ address }) => hasKnownScheme(address)).map(({ address }) => address);
  return { clean, links: known, visible };
}

export function hasKnownScheme(address: string): boolean {
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
