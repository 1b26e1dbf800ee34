import MarkdownIt, { type MarkdownIt as MarkdownParser } from 'markdown-it';

export const LINK_SCHEMES: readonly string[] = ['http', 'https', 'mailto', 'tel', 'trueconf'];

export interface MarkdownContent {
  /** The source, with tags and unknown addresses made harmless. */
  clean: string;
  /** Where its links lead. */
  links: string[];
  /** Characters that can be seen: without what marks bold, italic and struck text, with the addresses of links. */
  visible: number;
}

interface Link {
  start: number;
  end: number;
  label: string;
  address: string;
}

/** What the parser hands from one rule to the next. */
type Environment = Record<string, unknown> & { links?: Link[] };

/** A tag that a reader of Markdown could take for HTML. */
const TAG = /<(?=[a-z/!?])/gi;
/** An address behind a label, also where CommonMark finds no link but a simpler reader could. */
const ADDRESS = /\]\((\s*<?)([^)\s>]*)/g;
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const LINE_BREAKS = /\r\n?/g;

const parser = createParser();

/**
 * Makes a text safe that readers of Markdown show in their own ways, and measures it. A link to something else than a page or a
 * user becomes its label. Of the syntax only what the contract has is read: bold, italic, struck text and links; neither code nor
 * escapes hide a link.
 */
export function readMarkdown(source: string): MarkdownContent {
  const text = source.replace(LINE_BREAKS, '\n').replace(TAG, '&lt;');
  const { links, visible } = parse(text);
  const clean = withoutUnknown(text, links).replace(ADDRESS, (all, lead: string, address: string) =>
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

function withoutUnknown(text: string, links: readonly Link[]): string {
  let clean = '';
  let from = 0;
  for (const { start, end, label, address } of links) {
    if (hasKnownScheme(address)) continue;
    clean += text.slice(from, start) + label;
    from = end;
  }
  return clean + text.slice(from);
}

/** A parser that notes where in the source each link stands. */
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
  // Addresses are looked at, and counted, as they are written.
  markdown.normalizeLink = (address) => address;
  markdown.validateLink = () => true;
  return markdown.enable(['emphasis', 'strikethrough']);
}
