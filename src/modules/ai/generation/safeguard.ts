/** A phrase that must not appear in input or output. */
export interface BannedPhrase {
  text: string;
  /** `banned_phrase`, or `secret` and `possible_injection` for API keys. */
  reason: string;
}

/** @returns the reason of the first banned phrase; undefined if there is none */
export const findBanned = (text: string, phrases: readonly BannedPhrase[]): string | undefined => {
  const lower = text.toLowerCase();
  return phrases.find((phrase) => lower.includes(phrase.text.toLowerCase()))?.reason;
};

/**
 * Filters a text stream. Characters at its end that may begin a banned phrase are held back, so that no part of one is ever shown.
 */
export class SafeguardFilter {
  private held = '';

  constructor(private readonly phrases: readonly BannedPhrase[]) {}

  /** @returns the text that can be shown, or the reason to end the stream */
  push(text: string): { text: string } | { banned: string } {
    const all = this.held + text;
    const banned = findBanned(all, this.phrases);
    if (banned !== undefined) return { banned };
    const kept = Math.max(0, ...this.phrases.map((phrase) => overlap(all, phrase.text)));
    this.held = all.slice(all.length - kept);
    return { text: all.slice(0, all.length - kept) };
  }

  /** @returns the text that was held back */
  flush(): string {
    const { held } = this;
    this.held = '';
    return held;
  }
}

/** @returns how many characters at the end of `text` begin `phrase` */
function overlap(text: string, phrase: string): number {
  const end = text.slice(-(phrase.length - 1) || text.length).toLowerCase();
  const begin = phrase.toLowerCase();
  for (let at = 0; at < end.length; at++) if (begin.startsWith(end.slice(at))) return end.length - at;
  return 0;
}
