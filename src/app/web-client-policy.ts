import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** Captures the content of each `<script>` without `src`. */
const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi;

/** Messages may show images, media and frames of other hosts. Scripts are loaded from the client's own files only. */
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
 * The Content-Security-Policy of a web client. It allows the inline scripts of `index.html` by their hashes, and no injected ones.
 */
export class WebClientPolicy {
  private text = '';
  private indexChangedAt = NaN;

  /** @param index path of `index.html` @param fixed a policy to send instead */
  constructor(
    private readonly index: string,
    private readonly fixed?: string,
  ) {}

  /** @returns the header, recomputed when the file has changed */
  current(): string {
    if (this.fixed !== undefined) return this.fixed;
    const changedAt = statSync(this.index, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changedAt !== this.indexChangedAt) {
      this.text = directives(changedAt === 0 ? [] : hashesOf(readFileSync(this.index, 'utf8'))).join('; ');
      this.indexChangedAt = changedAt;
    }
    return this.text;
  }
}

const hashesOf = (html: string): string[] =>
  [...html.matchAll(INLINE_SCRIPT)].map(([, script]) => {
    // Browsers hash the text after normalising line ends.
    const text = script.replace(/\r\n?/g, '\n');
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  });
