import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../../ai.settings.js';
import { DomainError } from '../../../../core/errors/domain.error.js';
import type { RateLimit } from '../../../../core/rate-limit/rate-limit.js';
import { RateLimiter } from '../../../../core/rate-limit/rate-limiter.js';
import { UsersService } from '../../../users/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { AiRunsRepository } from '../ai-runs.repository.js';
import { maxOutputTokens } from '../../providers/model-family.js';
import type { ModelRequest } from '../../providers/model.types.js';
import { budgetExhausted, NOTICES } from '../notices/notices.js';
import { TokenBudgets } from '../../generation/budgets/token-budgets.js';
import { blocked, type Outcome } from '../outcome.js';
import type { RunContext } from '../../generation/completion.js';

const DAY_SECONDS = 86_400;

const turnsOfAddress = (settings: AiModuleSettings): RateLimit => ({
  name: 'ai-turns',
  code: 'ai.too_many_turns',
  what: 'AI turns of users from this address',
  windows: [
    { max: settings.AI_ADDRESS_TURNS_PER_MINUTE, seconds: 60 },
    { max: settings.AI_ADDRESS_TURNS_PER_DAY, seconds: DAY_SECONDS },
  ],
});

/** Enforces the turn limits of users and the token budgets of bots before a model request. */
@Injectable()
export class TurnLimiter {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly budgets: TokenBudgets,
    private readonly settings: AiModuleSettings,
    private readonly users: UsersService,
    private readonly limiter: RateLimiter,
  ) {}

  /** @returns the outcome if a turn limit is reached */
  async checkTurns({ id, userId }: AiRunEntity): Promise<Outcome | undefined> {
    const { AI_TURNS_PER_MINUTE: perMinute, AI_TURNS_PER_DAY: perDay } = this.settings;
    if (perMinute > 0 || perDay > 0) {
      const { inMinute, inDay } = await this.runs.countTurns(userId, id);
      if (perDay > 0 && inDay >= perDay) return blocked('turns_per_day', NOTICES.dayOfTurns);
      if (perMinute > 0 && inMinute >= perMinute) return blocked('turns_per_minute', NOTICES.tooManyTurns);
    }
    return this.consumeTurnOfAddress(userId);
  }

  /** Limits all users who signed up from one address together, so that new accounts do not raise the limit. */
  private async consumeTurnOfAddress(userId: string): Promise<Outcome | undefined> {
    const limit = turnsOfAddress(this.settings);
    if (limit.windows.every(({ max }) => max === 0)) return undefined;
    const origin = (await this.users.findMany([userId])).get(userId)?.signUpOrigin;
    if (!origin) return undefined;
    try {
      await this.limiter.consume(limit, origin);
      return undefined;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const isDay = error.details.windowSeconds === DAY_SECONDS;
      return isDay
        ? blocked('turns_per_day_of_address', NOTICES.dayOfTurns)
        : blocked('turns_per_minute_of_address', NOTICES.tooManyTurns);
    }
  }

  /**
   * Reserves tokens for a request.
   *
   * @returns the request, with the cheaper model if the budget is used up and the bot has one; or the outcome if no tokens are left
   */
  async reserve(
    { id, botId }: AiRunEntity,
    { ai, downgradeTarget }: RunContext,
    request: ModelRequest,
    promptTokens: number,
    limitDoublings: number,
  ): Promise<ModelRequest | Outcome> {
    const tokens = promptTokens + maxOutputTokens(request, limitDoublings);
    if (await this.budgets.reserveForRun(id, { botId, ai, tokens })) return request;
    if (downgradeTarget) {
      const cheaper = { ...request, target: downgradeTarget, fallbacks: [] };
      const reservation = {
        botId,
        ai,
        tokens: promptTokens + maxOutputTokens(cheaper, limitDoublings),
        isDowngraded: true,
      };
      if (await this.budgets.reserveForRun(id, reservation)) return cheaper;
    }
    return blocked('budget', budgetExhausted(nextMidnight(new Date())));
  }
}

/** The start of the next budget day (UTC). */
export const nextMidnight = (now: Date): Date =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
