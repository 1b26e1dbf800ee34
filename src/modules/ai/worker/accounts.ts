import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import type { Context } from '../context/context-builder.js';
import { Tokenizer } from '../context/tokenizer.js';
import type { ModelTarget, ModelUsage } from '../model/model.types.js';
import type { RequestTrace } from '../model/model-gateway.js';
import { Prices } from '../prices.js';
import type { Speech } from './speech.js';

/** What a run has used, asked for and cost. */
@Injectable()
export class Accounts {
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly prices: Prices,
    private readonly settings: Settings,
  ) {}

  /** @param startedAt of `performance.now()` */
  async facts(
    target: ModelTarget,
    context: Context,
    trace: RequestTrace,
    speech: Speech,
    startedAt: number,
  ): Promise<Partial<AiRunEntity>> {
    const usage = speech.usage ?? (await this.count(context.tokens, speech));
    const cost = this.prices.costOf(target.model, usage);
    return {
      model: target.model,
      host: new URL(target.baseUrl).host,
      requestHash: trace.hash,
      paramsSent: trace.paramsSent,
      paramsDropped: trace.paramsDropped,
      providerRequestId: trace.requestId,
      requests: trace.requests,
      contextIds: context.messageIds,
      ...usage,
      isUsageEstimated: speech.usage === undefined && speech.text !== '',
      costMicros: cost?.micros ?? null,
      currency: cost?.currency ?? '',
      finishReason: speech.finishReason,
      errorDetail: [speech.failure?.message, ...speech.remarks].filter(Boolean).join('; '),
      firstDeltaMs: speech.firstWordAt === undefined ? null : Math.round(speech.firstWordAt - startedAt),
      totalMs: Math.round(performance.now() - startedAt),
      debug: this.settings.AI_DEBUG_STORE
        ? { messages: context.messages.map(({ role, content }) => ({ role, content })) }
        : null,
    };
  }

  /** Of a run whose worker is gone: what it was to use of the prompt, and the words that are left. */
  async estimate({ reservedTokens, requests }: AiRunEntity, text: string): Promise<Partial<AiRunEntity>> {
    const completionTokens = (await this.tokenizer.counter())(text);
    const promptTokens = Math.max(reservedTokens - completionTokens, 0);
    return { promptTokens, completionTokens, isUsageEstimated: true, requests: Math.max(requests, 1) };
  }

  /** Where the provider does not tell. What has failed before its first word costs nothing. */
  private async count(promptTokens: number, { text }: Speech): Promise<ModelUsage> {
    if (text === '') return { promptTokens: 0, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0 };
    const completionTokens = (await this.tokenizer.counter())(text);
    return { promptTokens, completionTokens, cachedTokens: 0, reasoningTokens: 0 };
  }
}
