import { Injectable } from '@nestjs/common';

/**
 * Longer texts are counted in chunks: the time of the tokenizer grows with the square of the length of a word, and a word of 100 KB
 * would block the process for seconds. Each chunk boundary adds at most one token.
 */
const CHUNK_CHARS = 512;

type Count = (text: string, options: { disallowedSpecial: Set<string> }) => number;

/** `<|endoftext|>` in user input is plain text. */
const NO_SPECIAL_TOKENS = { disallowedSpecial: new Set<string>() };

/** Counts tokens with the encoding `o200k_base`. Its tables take about 60 MB and are loaded on first use. */
@Injectable()
export class Tokenizer {
  private loading: Promise<Count> | undefined;

  /** @returns a function that counts tokens */
  async counter(): Promise<(text: string) => number> {
    this.loading ??= import('gpt-tokenizer/encoding/o200k_base').then(({ countTokens }) => countTokens as Count);
    const count = await this.loading;
    return (text) => chunksOf(text).reduce((sum, chunk) => sum + count(chunk, NO_SPECIAL_TOKENS), 0);
  }
}

function chunksOf(text: string): string[] {
  const chunks: string[] = [];
  for (let at = 0; at < text.length; at += CHUNK_CHARS) chunks.push(text.slice(at, at + CHUNK_CHARS));
  return chunks;
}
