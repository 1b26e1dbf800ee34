/** What is not to be heard or said. */
export interface BannedPhrase {
  text: string;
  /** Why: `banned_phrase`, or `secret` for what would give a secret away. */
  reason: string;
}

/** @returns why a text is not to be heard; undefined when it is */
export const findBanned = (text: string, phrases: readonly BannedPhrase[]): string | undefined => {
  const lower = text.toLowerCase();
  return phrases.find((phrase) => lower.includes(phrase.text.toLowerCase()))?.reason;
};

/**
 * Lets a stream of words through, except for letters at its end that may be the beginning of a phrase: nothing of one is ever
 * seen, not even in part.
 */
export class SafeguardFilter {
  private held = '';

  constructor(private readonly phrases: readonly BannedPhrase[]) {}

  /** @returns what may be shown now, or why nothing more may */
  push(text: string): { text: string } | { banned: string } {
    const all = this.held + text;
    const banned = findBanned(all, this.phrases);
    if (banned !== undefined) return { banned };
    const kept = Math.max(0, ...this.phrases.map((phrase) => overlap(all, phrase.text)));
    this.held = all.slice(all.length - kept);
    return { text: all.slice(0, all.length - kept) };
  }

  /** @returns what was still held back */
  flush(): string {
    const { held } = this;
    this.held = '';
    return held;
  }
}

/** @returns how many letters at the end of `text` are the beginning of `phrase` */
function overlap(text: string, phrase: string): number {
  const end = text.slice(-(phrase.length - 1) || text.length).toLowerCase();
  const begin = phrase.toLowerCase();
  for (let at = 0; at < end.length; at++) if (begin.startsWith(end.slice(at))) return end.length - at;
  return 0;
}
