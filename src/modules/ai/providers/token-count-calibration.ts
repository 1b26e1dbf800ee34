import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ModelTarget } from './model.types.js';
import { TokenCountCalibrationsRepository } from './token-count-calibrations.repository.js';

/** Cache lifetime; changes of other processes are visible after it. */
const CACHE_MS = 60_000;
/** Shorter prompts are ignored: the overhead per message distorts the ratio. */
const MIN_TOKENS = 200;
/** Upper limit; higher ratios are not plausible. The lower limit is 1. */
const MAX_FACTOR = 3;
/** Smaller differences are not stored. */
const TOLERANCE = 0.05;

const keyOf = ({ baseUrl, model }: ModelTarget): string => `${baseUrl} ${model}`;

/**
 * Calibrates local token counts. The local tokenizer is that of one model family; others split texts into more tokens, above all in
 * non-Latin scripts. The reported usage corrects the counts, so that prompts fit and budgets are not overdrawn.
 */
@Injectable()
export class TokenCountCalibration {
  private readonly logger = new Logger(TokenCountCalibration.name);
  private readonly cache = new LRUCache<string, number>({ max: 1000, ttl: CACHE_MS });

  constructor(private readonly repository: TokenCountCalibrationsRepository) {}

  /** @returns the tokens of the model per locally counted token; 1 if unknown */
  async getFactor(target: ModelTarget): Promise<number> {
    const cached = this.cache.get(keyOf(target));
    if (cached !== undefined) return cached;
    const factor = (await this.repository.read(target.baseUrl, target.model)) ?? 1;
    this.cache.set(keyOf(target), factor);
    return factor;
  }

  /**
   * Never rejects.
   *
   * @param counted locally, without calibration
   * @param reported by the model server for the same prompt
   */
  async update(target: ModelTarget, counted: number, reported: number): Promise<void> {
    if (counted < MIN_TOKENS) return;
    const observed = Math.min(Math.max(reported / counted, 1), MAX_FACTOR);
    try {
      if (Math.abs(observed - (await this.getFactor(target))) < TOLERANCE) return;
      this.cache.set(keyOf(target), await this.repository.update(target.baseUrl, target.model, observed));
    } catch (error) {
      this.logger.warn(`Cannot store the token calibration of ${target.model}: ${(error as Error).message}`);
    }
  }
}
