import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** Each `<script>` without `src`: what stands between its tags. */
const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi;

/** Messages may show pictures, media and frames of other hosts. Scripts come from the client's own files alone. */
const directives = (scripts: readonly string[]): string[] => [
  "default-src 'self'",
  `script-src ${["'self'", ...scripts].join(' ')}`,
  "style-src 'self' 'unsafe-inline' https:",
  "font-src 'self' data: https:",
  'img-src * data: blob:',
  'media-src * data: blob:',
  'frame-src https: http:',
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'self'",
];

/**
 * The Content-Security-Policy of a web client. Scripts that stand in its `index.html` run too, by their hashes; an injected one does not.
 */
export class WebClientPolicy {
  private text = '';
  private madeFor = NaN;

  /** @param index the file `index.html` @param fixed the policy to send instead */
  constructor(
    private readonly index: string,
    private readonly fixed?: string,
  ) {}

  /** @returns the header, made anew when the file has changed */
  current(): string {
    if (this.fixed !== undefined) return this.fixed;
    const changedAt = statSync(this.index, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changedAt !== this.madeFor) {
      this.text = directives(changedAt === 0 ? [] : hashesOf(readFileSync(this.index, 'utf8'))).join('; ');
      this.madeFor = changedAt;
    }
    return this.text;
  }
}

const hashesOf = (html: string): string[] =>
  [...html.matchAll(INLINE_SCRIPT)].map(([, script]) => {
    // Browsers hash the text of the element, in which line ends are normalised.
    const text = script.replace(/\r\n?/g, '\n');
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  });
