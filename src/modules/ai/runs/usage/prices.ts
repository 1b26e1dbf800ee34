import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../../ai.settings.js';
import type { ModelUsage } from '../../providers/model.types.js';

/** Price of a model per million tokens, valid from a day on. */
export interface Price {
  model: string;
  input: number;
  cached_input: number;
  output: number;
  currency: string;
  /** `2026-01-31` */
  valid_from: string;
}

export interface Cost {
  /** Millionths of the currency. */
  micros: number;
  currency: string;
}

/** Computes the cost of requests. It is stored with each run and never recomputed. */
@Injectable()
export class Prices {
  private readonly prices: readonly Price[];

  /** @throws Error if the price file is unreadable or invalid */
  constructor({ AI_PRICES_FILE }: AiModuleSettings) {
    this.prices = AI_PRICES_FILE ? readPrices(AI_PRICES_FILE) : [];
  }

  /** @returns undefined if there is no price for the model */
  costOf(model: string, usage: ModelUsage, at: Date = new Date()): Cost | undefined {
    const day = at.toISOString().slice(0, 10);
    const price = this.prices
      .filter((candidate) => candidate.model === model && candidate.valid_from <= day)
      .sort((a, b) => (a.valid_from < b.valid_from ? 1 : -1))[0];
    if (!price) return undefined;
    const fresh = Math.max(usage.promptTokens - usage.cachedTokens, 0);
    const micros =
      fresh * price.input + usage.cachedTokens * price.cached_input + usage.completionTokens * price.output;
    return { micros: Math.round(micros), currency: price.currency };
  }
}

function readPrices(file: string): Price[] {
  const prices: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(prices) || !prices.every(isPrice)) {
    throw new Error(
      `${file} must contain a list of prices, each with model, input, cached_input, output, currency, valid_from.`,
    );
  }
  return prices;
}

function isPrice(value: unknown): value is Price {
  const price = value as Partial<Price> | null;
  return (
    typeof price?.model === 'string' &&
    typeof price.currency === 'string' &&
    /^\d{4}-\d\d-\d\d$/.test(price.valid_from ?? '') &&
    [price.input, price.cached_input, price.output].every((amount) => Number.isFinite(amount) && amount! >= 0)
  );
}
