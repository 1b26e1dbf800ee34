import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../../ai.settings.js';
import type { AiSettings } from '../../../bots/index.js';
import { AiMetrics } from '../../ai-metrics.js';
import { maxOutputTokens } from '../../providers/model-family.js';
import { ModelFailure } from '../../providers/model-failure.js';
import { ModelGateway, newTrace } from '../../providers/model-gateway.js';
import type { ModelRequest, ModelUsage } from '../../providers/model.types.js';
import { ModelTargets, parametersOf } from '../../providers/model-targets.js';
import { type AlertContext, AiAlerts } from '../../providers/alerts/ai-alerts.js';
import { SUMMARY_TOKENS, summaryRequest } from './summary-prompt.js';
import { TokenBudgets } from '../budgets/token-budgets.js';
import type { SummaryInput } from './summary-input-loader.js';

/** A generated summary. The text is empty if the completion did not finish. */
interface GeneratedSummary {
  text: string;
  /** Tokens. */
  used: number;
}

/** Generates summaries with the model of the bot. */
@Injectable()
export class SummaryGenerator {
  constructor(
    private readonly targets: ModelTargets,
    private readonly gateway: ModelGateway,
    private readonly budgets: TokenBudgets,
    private readonly alerts: AiAlerts,
    private readonly metrics: AiMetrics,
    private readonly settings: AiModuleSettings,
  ) {}

  createRequest(botId: string, ai: AiSettings, { summary, newMessages }: SummaryInput): ModelRequest {
    const [target, ...fallbacks] = this.targets.allOf(ai);
    return {
      target,
      fallbacks,
      messages: summaryRequest(summary?.body ?? '', newMessages),
      parameters: { ...parametersOf(ai), maxTokens: SUMMARY_TOKENS, stop: [] },
      safetyIdentifier: this.targets.safetyIdentifier(botId),
      cacheKey: `bot:${botId}`,
    };
  }

  /** @returns the most tokens that the request can use */
  async maxTokensOf(request: ModelRequest): Promise<number> {
    return (await this.budgets.countPromptTokens(request)) + maxOutputTokens(request, 0);
  }

  async generate(
    { botId, chatId }: AlertContext,
    request: ModelRequest,
    stopping: AbortSignal,
  ): Promise<GeneratedSummary> {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(this.settings.AI_RUN_MS)]);
    const trace = newTrace();
    let text = '';
    let isComplete = false;
    let usage: ModelUsage | undefined;
    let failure: ModelFailure | undefined;
    try {
      for await (const event of this.gateway.stream(request, trace, signal)) {
        if (event.type === 'text') text += event.text;
        if (event.type !== 'finished') continue;
        isComplete = event.reason !== 'content_filter';
        ({ usage } = event);
      }
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      failure = error;
    }
    await this.alerts.report({ botId, chatId }, trace, failure);
    const used = usage ? usage.promptTokens + usage.completionTokens : await this.estimate(request, text);
    this.metrics.countSummaryTokens(used);
    return { text: isComplete ? text.trim() : '', used };
  }

  /** A request without any output counts as free. */
  private async estimate(request: ModelRequest, text: string): Promise<number> {
    return text === '' ? 0 : (await this.budgets.countPromptTokens(request)) + (await this.budgets.countTokens(text));
  }
}
