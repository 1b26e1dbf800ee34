import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ModelTarget } from './model.types.js';
import { TokenFactorsRepository } from './token-factors.repository.js';

/** After this time it is seen what other processes have learnt. */
const FRESH_MS = 60_000;
/** What is told around the words weighs too much in shorter prompts. */
const MIN_TOKENS = 200;
/** A server that tells more is not believed. One that counts less than we do does no harm. */
const LARGEST = 3;
/** Not worth the writing. */
const TOLERANCE = 0.05;

const keyOf = ({ baseUrl, model }: ModelTarget): string => `${baseUrl} ${model}`;

/**
 * Our tokenizer is that of one family of models; others cut texts into more pieces, above all those of other scripts. What their
 * servers tell of each answer corrects our counting, so that prompts are not too long for them and budgets not overdrawn.
 */
@Injectable()
export class TokenFactors {
  private readonly logger = new Logger(TokenFactors.name);
  private readonly known = new LRUCache<string, number>({ max: 1000, ttl: FRESH_MS });

  constructor(private readonly factors: TokenFactorsRepository) {}

  /** @returns how many tokens of the model's there are for one of ours; 1 for one that has not told yet */
  async of(target: ModelTarget): Promise<number> {
    const known = this.known.get(keyOf(target));
    if (known !== undefined) return known;
    const factor = (await this.factors.read(target.baseUrl, target.model)) ?? 1;
    this.known.set(keyOf(target), factor);
    return factor;
  }

  /**
   * No answer is lost for what cannot be learnt of it.
   *
   * @param counted by ourselves, without any correction
   * @param told by the model's server, of the same prompt
   */
  async learn(target: ModelTarget, counted: number, told: number): Promise<void> {
    if (counted < MIN_TOKENS) return;
    const seen = Math.min(Math.max(told / counted, 1), LARGEST);
    try {
      if (Math.abs(seen - (await this.of(target))) < TOLERANCE) return;
      this.known.set(keyOf(target), await this.factors.learn(target.baseUrl, target.model, seen));
    } catch (error) {
      this.logger.warn(`How ${target.model} counts could not be written down: ${(error as Error).message}`);
    }
  }
}
