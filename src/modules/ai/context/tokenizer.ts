import { Injectable } from '@nestjs/common';

/**
 * Longer texts are counted piece by piece: the tokenizer's time grows with the square of a word's length, and a word of 100 KB
 * would stop everybody for seconds. A cut costs one token at most.
 */
const PIECE_CHARS = 512;

type Count = (text: string, options: { disallowedSpecial: Set<string> }) => number;

/** `<|endoftext|>` in what a person says is a text like any other. */
const NO_SPECIAL_TOKENS = { disallowedSpecial: new Set<string>() };

/** Counts tokens as current models do. Its tables take some 60 MB, so they are loaded only where there is an AI bot. */
@Injectable()
export class Tokenizer {
  private loading: Promise<Count> | undefined;

  /** @returns a function that counts */
  async counter(): Promise<(text: string) => number> {
    this.loading ??= import('gpt-tokenizer/encoding/o200k_base').then(({ countTokens }) => countTokens as Count);
    const count = await this.loading;
    return (text) => pieces(text).reduce((sum, piece) => sum + count(piece, NO_SPECIAL_TOKENS), 0);
  }
}

function pieces(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; at += PIECE_CHARS) found.push(text.slice(at, at + PIECE_CHARS));
  return found;
}
