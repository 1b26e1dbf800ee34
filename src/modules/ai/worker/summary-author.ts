import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import type { AiSettings } from '../../bots/index.js';
import { AiMetrics } from '../ai-metrics.js';
import { mostTokens } from '../model/model-family.js';
import { ModelFailure } from '../model/model-failure.js';
import { ModelGateway, newTrace } from '../model/model-gateway.js';
import type { ModelRequest, ModelUsage } from '../model/model.types.js';
import { ModelTargets, parametersOf } from '../model/model-targets.js';
import { type Occasion, OperatorNews } from '../operator-news.js';
import { SUMMARY_TOKENS, summaryRequest } from '../summary/summary-prompt.js';
import { TokenBudgets } from '../token-budgets.js';
import type { Memory } from './memory.reader.js';

/** A generated summary. The text is empty if the completion did not finish. */
interface GeneratedSummary {
  text: string;
  /** Tokens. */
  used: number;
}

/** Generates summaries with the model of the bot. */
@Injectable()
export class SummaryAuthor {
  constructor(
    private readonly targets: ModelTargets,
    private readonly gateway: ModelGateway,
    private readonly budgets: TokenBudgets,
    private readonly alerts: OperatorNews,
    private readonly metrics: AiMetrics,
    private readonly settings: Settings,
  ) {}

  requestFor(botId: string, ai: AiSettings, { summary, folded }: Memory): ModelRequest {
    const [target, ...fallbacks] = this.targets.allOf(ai);
    return {
      target,
      fallbacks,
      messages: summaryRequest(summary?.body ?? '', folded),
      parameters: { ...parametersOf(ai), maxTokens: SUMMARY_TOKENS, stop: [] },
      safetyIdentifier: this.targets.safetyIdentifier(botId),
      cacheKey: `bot:${botId}`,
    };
  }

  /** @returns the most tokens that the request can use */
  async tokensOf(request: ModelRequest): Promise<number> {
    return (await this.budgets.promptTokens(request)) + mostTokens(request, 0);
  }

  async ask({ botId, chatId }: Occasion, request: ModelRequest, stopping: AbortSignal): Promise<GeneratedSummary> {
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
    await this.alerts.tell({ botId, chatId }, trace, failure);
    const used = usage ? usage.promptTokens + usage.completionTokens : await this.estimate(request, text);
    this.metrics.countSummary(used);
    return { text: isComplete ? text.trim() : '', used };
  }

  /** A request without any output counts as free. */
  private async estimate(request: ModelRequest, text: string): Promise<number> {
    return text === '' ? 0 : (await this.budgets.promptTokens(request)) + (await this.budgets.count(text));
  }
}
