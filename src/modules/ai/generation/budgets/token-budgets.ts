import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../../ai.settings.js';
import type { AiSettings } from '../../../bots/index.js';
import { AiBudgetsRepository, type Reservation } from './ai-budgets.repository.js';
import { countPromptTokens } from '../context/prompt-unit.js';
import { Tokenizer } from '../context/tokenizer.js';
import type { ModelRequest } from '../../providers/model.types.js';
import { AiAlerts } from '../../providers/alerts/ai-alerts.js';

/** Share of the daily tokens that triggers a `budget.low` alert. */
const LOW_SHARE = 0.8;
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** A request for a token reservation. */
export interface TokenReservationRequest {
  botId: string;
  ai: AiSettings;
  tokens: number;
  /** For the cheaper model, which may use as many tokens again once the budget is used up. */
  isDowngraded?: boolean;
}

/** Daily token budgets of bots. Alerts operators when they run low. */
@Injectable()
export class TokenBudgets {
  constructor(
    private readonly budgets: AiBudgetsRepository,
    private readonly tokenizer: Tokenizer,
    private readonly alerts: AiAlerts,
    private readonly settings: AiModuleSettings,
  ) {}

  async countPromptTokens({ messages }: ModelRequest): Promise<number> {
    return countPromptTokens(messages, await this.tokenizer.counter());
  }

  async countTokens(text: string): Promise<number> {
    return (await this.tokenizer.counter())(text);
  }

  /** Reserves tokens. @returns the budget day; undefined if too few are left */
  reserve(request: TokenReservationRequest): Promise<string | undefined> {
    return this.tryReserve(request, (limit) => this.budgets.reserve(request.botId, request.tokens, limit));
  }

  /** Reserves tokens for a run. @returns undefined if too few are left */
  reserveForRun(runId: string, request: TokenReservationRequest): Promise<string | undefined> {
    return this.tryReserve(request, (limit) => this.budgets.reserveForRun(runId, request.botId, request.tokens, limit));
  }

  /** Settles a reservation without a run. That of a run is settled with its record. */
  spend(botId: string, day: string, reserved: number, used: number): Promise<void> {
    return this.budgets.spend(botId, day, reserved, used);
  }

  private async tryReserve(
    { botId, ai, tokens, isDowngraded = false }: TokenReservationRequest,
    reserve: (limit: number) => Promise<Reservation | undefined>,
  ): Promise<string | undefined> {
    const limit = ai.tokensPerDay ?? this.settings.AI_BOT_TOKENS_PER_DAY;
    if (limit === 0) return (await reserve(UNLIMITED))?.day;
    const reservation = await reserve(isDowngraded ? 2 * limit : limit);
    const alert = (type: 'budget.low' | 'budget.exhausted') =>
      this.alerts.record(type, `budget:${botId}`, { botId }, { limit });
    if (!reservation) await alert('budget.exhausted');
    else if (!isDowngraded && crosses(LOW_SHARE * limit, reservation.total, tokens)) await alert('budget.low');
    return reservation?.day;
  }
}

/** @returns whether adding `step` to reach `total` crossed `threshold` */
const crosses = (threshold: number, total: number, step: number): boolean =>
  total >= threshold && total - step < threshold;
