import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../ai.settings.js';
import { type Actor, requireService } from '../../auth/index.js';
import { aiSettingsOf, type AiSettings, BotsService } from '../../bots/index.js';
import { budgetUsedUp, modelFailed, notAnAiBot } from '../ai.errors.js';
import { maxOutputTokens } from '../providers/model-family.js';
import { ModelFailure } from '../providers/model-failure.js';
import { ModelGateway, newTrace } from '../providers/model-gateway.js';
import { ModelTargets, parametersOf } from '../providers/model-targets.js';
import type { ModelRequest, ModelUsage, PromptMessage } from '../providers/model.types.js';
import { renderNotice } from '../settings/notice-renderer.js';
import { AiAlerts } from '../providers/alerts/ai-alerts.js';
import { findBanned } from './safeguard.js';
import { TokenBudgets } from './budgets/token-budgets.js';

/**
 * Generates a reply to a conversation in the request. Nothing is stored or sent to a chat. This is the only request that waits for a
 * model, for at most `AI_RUN_MS`.
 */
@Injectable()
export class StatelessRepliesService {
  constructor(
    private readonly bots: BotsService,
    private readonly targets: ModelTargets,
    private readonly gateway: ModelGateway,
    private readonly budgets: TokenBudgets,
    private readonly alerts: AiAlerts,
    private readonly settings: AiModuleSettings,
  ) {}

  /**
   * @param disconnected aborted when the caller disconnects; the model request is aborted then
   * @throws DomainError not_found `bot.not_found`; invalid `ai.not_an_ai_bot`; rate_limited `ai.budget_exhausted`;
   *   unavailable `ai.model_failed`
   */
  async generate(
    actor: Actor,
    botId: string,
    messages: readonly PromptMessage[],
    disconnected: AbortSignal,
  ): Promise<string> {
    requireService(actor);
    const { bot } = await this.bots.get(botId);
    const ai = aiSettingsOf(bot);
    if (!ai) throw notAnAiBot();
    const banned = (ai.bannedPhrases ?? []).map((text) => ({ text, reason: 'banned_phrase' }));
    const notice = renderNotice({ code: 'ai_safeguard' }, ai, []); // the language of the reader is unknown
    if (messages.some(({ role, content }) => role === 'user' && findBanned(content, banned))) return notice;
    const [target, ...fallbacks] = this.targets.allOf(ai);
    const request: ModelRequest = {
      target,
      fallbacks,
      messages: [{ role: 'system', content: ai.systemMessage }, ...messages],
      parameters: parametersOf(ai),
      safetyIdentifier: this.targets.safetyIdentifier(botId),
      cacheKey: `bot:${botId}`,
    };
    const text = await this.complete(botId, ai, request, disconnected);
    const secrets = [target, ...fallbacks].flatMap(({ apiKey }) =>
      apiKey ? [{ text: apiKey, reason: 'secret' }] : [],
    );
    return findBanned(text, [...banned, ...secrets]) ? notice : text;
  }

  private async complete(
    botId: string,
    ai: AiSettings,
    request: ModelRequest,
    disconnected: AbortSignal,
  ): Promise<string> {
    const promptTokens = await this.budgets.countPromptTokens(request);
    const reserved = promptTokens + maxOutputTokens(request, 0);
    const day = await this.budgets.reserve({ botId, ai, tokens: reserved });
    if (day === undefined) throw budgetUsedUp();
    let text = '';
    let usage: ModelUsage | undefined;
    let failure: ModelFailure | undefined;
    const trace = newTrace();
    try {
      const signal = AbortSignal.any([disconnected, AbortSignal.timeout(this.settings.AI_RUN_MS)]);
      for await (const event of this.gateway.stream(request, trace, signal)) {
        if (event.type === 'text') text += event.text;
        if (event.type === 'finished') usage = event.usage;
      }
      if (signal.aborted && !disconnected.aborted) throw modelFailed('The model took too long.');
      if (!text.trim()) throw modelFailed('The model returned no text.');
      return text.trim();
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      failure = error;
      throw modelFailed('The model request failed.'); // the message of the provider may identify the key
    } finally {
      const estimate = text ? promptTokens + (await this.budgets.countTokens(text)) : 0;
      const used = usage ? usage.promptTokens + usage.completionTokens : estimate;
      await this.budgets.spend(botId, day, reserved, used);
      await this.alerts.report({ botId }, trace, failure);
    }
  }
}
