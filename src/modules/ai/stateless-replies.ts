import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { type Actor, requireOperator } from '../auth/index.js';
import { BotsService } from '../bots/index.js';
import { budgetUsedUp, modelFailed, notAnAiBot } from './ai.errors.js';
import { AiBudgetsRepository } from './ai-budgets.repository.js';
import { Tokenizer } from './context/tokenizer.js';
import { familyOf, outputLimit } from './model/model-family.js';
import { ModelGateway, newTrace } from './model/model-gateway.js';
import { ModelTargets, parametersOf } from './model/model-targets.js';
import type { ModelRequest, ModelUsage, PromptMessage } from './model/model.types.js';
import { DEFAULT_SAFEGUARD_MESSAGE, findBanned } from './safeguard.js';

const TOKENS_PER_MESSAGE = 4;

/**
 * Lets a bot answer to a conversation that its caller brings along: nothing is kept, and nobody in a chat hears of it. The one
 * request that waits for a model, since that is all that it asks for; never longer than an answer in a chat may take.
 */
@Injectable()
export class StatelessReplies {
  constructor(
    private readonly bots: BotsService,
    private readonly targets: ModelTargets,
    private readonly gateway: ModelGateway,
    private readonly budgets: AiBudgetsRepository,
    private readonly tokenizer: Tokenizer,
    private readonly settings: Settings,
  ) {}

  /**
   * @param gone aborted when the caller has hung up; then the model is told to stop
   * @throws DomainError not_found `bot.not_found`; invalid `ai.not_an_ai_bot`; rate_limited `ai.budget_exhausted`;
   *   unavailable `ai.model_failed`
   */
  async reply(actor: Actor, botId: string, messages: readonly PromptMessage[], gone: AbortSignal): Promise<string> {
    requireOperator(actor);
    const { bot } = await this.bots.get(botId);
    const ai = bot.endpoints.find(({ transport }) => transport === 'ai')?.ai;
    if (!ai) throw notAnAiBot();
    const banned = (ai.bannedPhrases ?? []).map((text) => ({ text, reason: 'banned_phrase' }));
    const instead = ai.safeguardMessage ?? DEFAULT_SAFEGUARD_MESSAGE;
    if (messages.some(({ role, content }) => role === 'user' && findBanned(content, banned))) return instead;
    const request: ModelRequest = {
      target: this.targets.of(ai),
      messages: [{ role: 'system', content: ai.systemMessage }, ...messages],
      parameters: parametersOf(ai),
      safetyIdentifier: this.targets.safetyIdentifier(botId),
      cacheKey: `bot:${botId}`,
    };
    const text = await this.ask(botId, request, gone);
    const secret = request.target.apiKey ? [{ text: request.target.apiKey, reason: 'secret' }] : [];
    return findBanned(text, [...banned, ...secret]) ? instead : text;
  }

  private async ask(botId: string, request: ModelRequest, gone: AbortSignal): Promise<string> {
    const count = await this.tokenizer.counter();
    const promptTokens = request.messages.reduce((sum, { content }) => sum + count(content) + TOKENS_PER_MESSAGE, 0);
    const { model, baseUrl } = request.target;
    const reserved = promptTokens + outputLimit(request, familyOf(model, baseUrl), 0);
    const limit = this.settings.AI_BOT_TOKENS_PER_DAY || Number.MAX_SAFE_INTEGER;
    const day = await this.budgets.reserve(botId, reserved, limit);
    if (day === undefined) throw budgetUsedUp();
    let text = '';
    let usage: ModelUsage | undefined;
    try {
      const signal = AbortSignal.any([gone, AbortSignal.timeout(this.settings.AI_RUN_MS)]);
      for await (const event of this.gateway.stream(request, newTrace(), signal)) {
        if (event.type === 'text') text += event.text;
        if (event.type === 'finished') usage = event.usage;
      }
      if (signal.aborted && !gone.aborted) throw modelFailed('The model took too long.');
      if (!text.trim()) throw modelFailed('The model has answered nothing.');
      return text.trim();
    } catch (error) {
      if ((error as Error).name !== 'ModelFailure') throw error;
      throw modelFailed('The model did not answer.'); // its own words may name whose key it is
    } finally {
      const used = usage ? usage.promptTokens + usage.completionTokens : text ? promptTokens + count(text) : 0;
      await this.budgets.spend(botId, day, reserved, used);
    }
  }
}
