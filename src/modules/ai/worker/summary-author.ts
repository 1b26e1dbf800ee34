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

/** What a model has said; nothing when it is not whole. */
interface Notes {
  text: string;
  /** Tokens. */
  used: number;
}

/** Has a bot's model write down what is to be remembered. */
@Injectable()
export class SummaryAuthor {
  constructor(
    private readonly targets: ModelTargets,
    private readonly gateway: ModelGateway,
    private readonly budgets: TokenBudgets,
    private readonly news: OperatorNews,
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

  /** What it may use at most. */
  async tokensOf(request: ModelRequest): Promise<number> {
    return (await this.budgets.promptTokens(request)) + mostTokens(request, 0);
  }

  async ask({ botId, chatId }: Occasion, request: ModelRequest, stopping: AbortSignal): Promise<Notes> {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(this.settings.AI_RUN_MS)]);
    const trace = newTrace();
    let text = '';
    let isWhole = false;
    let usage: ModelUsage | undefined;
    let failure: ModelFailure | undefined;
    try {
      for await (const event of this.gateway.stream(request, trace, signal)) {
        if (event.type === 'text') text += event.text;
        if (event.type !== 'finished') continue;
        isWhole = event.reason !== 'content_filter';
        ({ usage } = event);
      }
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      failure = error;
    }
    await this.news.tell({ botId, chatId }, trace, failure);
    const used = usage ? usage.promptTokens + usage.completionTokens : await this.estimate(request, text);
    this.metrics.countSummary(used);
    return { text: isWhole ? text.trim() : '', used };
  }

  /** What has failed before its first word costs nothing. */
  private async estimate(request: ModelRequest, text: string): Promise<number> {
    return text === '' ? 0 : (await this.budgets.promptTokens(request)) + (await this.budgets.count(text));
  }
}
