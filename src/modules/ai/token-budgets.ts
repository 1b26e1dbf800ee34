import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import type { AiSettings } from '../bots/index.js';
import { AiBudgetsRepository, type Reservation } from './ai-budgets.repository.js';
import { priceOf } from './context/prompt-unit.js';
import { Tokenizer } from './context/tokenizer.js';
import type { ModelRequest } from './model/model.types.js';
import { OperatorNews } from './operator-news.js';

/** When so much of a day's tokens is used, operators are told. */
const LOW = 0.8;
const AS_MANY_AS_YOU_LIKE = Number.MAX_SAFE_INTEGER;

/** Tokens that a bot wants to use. */
export interface Wish {
  botId: string;
  ai: AiSettings;
  tokens: number;
  /** By a cheaper model, once the tokens are used up: then there are as many again. */
  isDowngraded?: boolean;
}

/** The tokens that bots may use in a day. Tells operators when they run low. */
@Injectable()
export class TokenBudgets {
  constructor(
    private readonly budgets: AiBudgetsRepository,
    private readonly tokenizer: Tokenizer,
    private readonly news: OperatorNews,
    private readonly settings: Settings,
  ) {}

  async promptTokens({ messages }: ModelRequest): Promise<number> {
    return priceOf(messages, await this.tokenizer.counter());
  }

  async count(text: string): Promise<number> {
    return (await this.tokenizer.counter())(text);
  }

  /** Sets tokens aside. @returns the day whose tokens they are; undefined when there are not so many left */
  reserve(wish: Wish): Promise<string | undefined> {
    return this.ask(wish, (limit) => this.budgets.reserve(wish.botId, wish.tokens, limit));
  }

  /** Sets tokens aside for a run. @returns undefined when there are not so many left */
  reserveFor(runId: string, wish: Wish): Promise<string | undefined> {
    return this.ask(wish, (limit) => this.budgets.reserveFor(runId, wish.botId, wish.tokens, limit));
  }

  /** Gives back what was set aside where no run stands for it, and counts what was used. What was for a run is settled with its record. */
  spend(botId: string, day: string, reserved: number, used: number): Promise<void> {
    return this.budgets.spend(botId, day, reserved, used);
  }

  private async ask(
    { botId, ai, tokens, isDowngraded = false }: Wish,
    reserve: (limit: number) => Promise<Reservation | undefined>,
  ): Promise<string | undefined> {
    const limit = ai.tokensPerDay ?? this.settings.AI_BOT_TOKENS_PER_DAY;
    if (limit === 0) return (await reserve(AS_MANY_AS_YOU_LIKE))?.day;
    const reservation = await reserve(isDowngraded ? 2 * limit : limit);
    const tell = (type: 'budget.low' | 'budget.exhausted') =>
      this.news.keep(type, `budget:${botId}`, { botId }, { limit });
    if (!reservation) await tell('budget.exhausted');
    else if (!isDowngraded && crosses(LOW * limit, reservation.total, tokens)) await tell('budget.low');
    return reservation?.day;
  }
}

/** @returns whether the last `step` of the way to `total` went over `mark` */
const crosses = (mark: number, total: number, step: number): boolean => total >= mark && total - step < mark;
