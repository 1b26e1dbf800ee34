import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import type { Prompt } from '../context/prompt-maker.js';
import { Tokenizer } from '../context/tokenizer.js';
import type { ModelTarget, ModelUsage } from '../model/model.types.js';
import { TokenFactors } from '../model/token-factors.js';
import type { RequestTrace } from '../model/model-gateway.js';
import { Prices } from '../prices.js';
import type { Speech } from './speech.js';

/** What a run has used, asked for and cost: with all of its requests so far. */
@Injectable()
export class Accounts {
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly prices: Prices,
    private readonly factors: TokenFactors,
    private readonly settings: Settings,
  ) {}

  /** @param run with what it has used before this request. @param startedAt of `performance.now()` */
  async facts(
    run: AiRunEntity,
    target: ModelTarget,
    context: Prompt,
    trace: RequestTrace,
    speech: Speech,
    startedAt: number,
  ): Promise<Partial<AiRunEntity>> {
    const usage = speech.usage ?? (await this.count(context.tokens, speech));
    // What pictures cost is guessed.
    if (speech.usage && context.pictures.length === 0) {
      await this.factors.learn(target, context.tokens / context.factor, usage.promptTokens);
    }
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
      promptTokens: run.promptTokens + usage.promptTokens,
      completionTokens: run.completionTokens + usage.completionTokens,
      cachedTokens: run.cachedTokens + usage.cachedTokens,
      reasoningTokens: run.reasoningTokens + usage.reasoningTokens,
      isUsageEstimated: run.isUsageEstimated || (speech.usage === undefined && heardOf(speech) !== ''),
      costMicros: cost ? (run.costMicros ?? 0) + cost.micros : run.costMicros,
      currency: cost?.currency ?? run.currency,
      finishReason: speech.finishReason,
      errorDetail: [speech.failure?.message, ...speech.remarks].filter(Boolean).join('; '),
      firstDeltaMs: speech.firstWordAt === undefined ? null : Math.round(speech.firstWordAt - startedAt),
      totalMs: Math.round(performance.now() - startedAt),
      debug: this.settings.AI_DEBUG_STORE
        ? {
            ...(context.hasSummary ? { hasSummary: true } : {}),
            messages: context.messages.map(({ role, content, toolCalls }) => ({ role, content, toolCalls })),
          }
        : null,
    };
  }

  /** Of a run whose worker is gone: what it was to use of the prompt, and the words that are left. */
  async estimate(run: AiRunEntity, text: string): Promise<Partial<AiRunEntity>> {
    if (run.reservedTokens === 0) return {}; // no request was under way: all is counted
    const completionTokens = (await this.tokenizer.counter())(text);
    return {
      promptTokens: run.promptTokens + Math.max(run.reservedTokens - completionTokens, 0),
      completionTokens: run.completionTokens + completionTokens,
      isUsageEstimated: true,
      requests: run.requests + 1,
    };
  }

  /** Where the provider does not tell. What has failed before its first word costs nothing. */
  private async count(promptTokens: number, speech: Speech): Promise<ModelUsage> {
    const heard = heardOf(speech);
    if (heard === '') return { promptTokens: 0, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0 };
    const completionTokens = (await this.tokenizer.counter())(heard);
    return { promptTokens, completionTokens, cachedTokens: 0, reasoningTokens: 0 };
  }
}

/** All that the model has put out in its last request. */
const heardOf = ({ said, toolCalls }: Speech): string => [said, ...toolCalls.map((call) => call.arguments)].join('');
