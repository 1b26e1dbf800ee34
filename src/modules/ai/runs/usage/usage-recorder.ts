import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../../ai.settings.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import type { Prompt } from '../../generation/context/prompt-builder.js';
import { Tokenizer } from '../../generation/context/tokenizer.js';
import type { ModelTarget, ModelUsage } from '../../providers/model.types.js';
import { TokenCountCalibration } from '../../providers/token-count-calibration.js';
import type { RequestTrace } from '../../providers/model-gateway.js';
import { Prices } from './prices.js';
import type { Completion } from '../../generation/completion.js';

/** Measures the usage and cost of a run, accumulated over all of its requests. */
@Injectable()
export class UsageRecorder {
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly prices: Prices,
    private readonly calibration: TokenCountCalibration,
    private readonly settings: AiModuleSettings,
  ) {}

  /** @param run with the usage before this request. @param startedAt from `performance.now()` */
  async measure(
    run: AiRunEntity,
    target: ModelTarget,
    context: Prompt,
    trace: RequestTrace,
    completion: Completion,
    startedAt: number,
  ): Promise<Partial<AiRunEntity>> {
    const usage = completion.usage ?? (await this.estimateUsage(context.tokens, completion));
    // Token counts of images are estimates, so they are not used for calibration.
    if (completion.usage && context.images.length === 0) {
      await this.calibration.update(target, context.tokens / context.factor, usage.promptTokens);
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
      isUsageEstimated: run.isUsageEstimated || (completion.usage === undefined && outputOf(completion) !== ''),
      costMicros: cost ? (run.costMicros ?? 0) + cost.micros : run.costMicros,
      currency: cost?.currency ?? run.currency,
      finishReason: completion.finishReason,
      errorDetail: [completion.failure?.message, ...completion.remarks].filter(Boolean).join('; '),
      firstDeltaMs: completion.firstTokenAt === undefined ? null : Math.round(completion.firstTokenAt - startedAt),
      totalMs: Math.round(performance.now() - startedAt),
      debug: this.settings.AI_DEBUG_STORE
        ? {
            ...(context.hasSummary ? { hasSummary: true } : {}),
            messages: context.messages.map(({ role, content, toolCalls }) => ({ role, content, toolCalls })),
          }
        : null,
    };
  }

  /** Estimates the usage of a run whose worker died: the reserved prompt tokens and the text that was kept. */
  async estimateOrphaned(run: AiRunEntity, text: string): Promise<Partial<AiRunEntity>> {
    if (run.reservedTokens === 0) return {}; // no request was in progress
    const completionTokens = (await this.tokenizer.counter())(text);
    return {
      promptTokens: run.promptTokens + Math.max(run.reservedTokens - completionTokens, 0),
      completionTokens: run.completionTokens + completionTokens,
      isUsageEstimated: true,
      requests: run.requests + 1,
    };
  }

  /** For providers that report no usage. A request without any output counts as free. */
  private async estimateUsage(promptTokens: number, completion: Completion): Promise<ModelUsage> {
    const output = outputOf(completion);
    if (output === '') return { promptTokens: 0, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0 };
    const completionTokens = (await this.tokenizer.counter())(output);
    return { promptTokens, completionTokens, cachedTokens: 0, reasoningTokens: 0 };
  }
}

/** The whole output of the last request. */
const outputOf = ({ requestText, toolCalls }: Completion): string =>
  [requestText, ...toolCalls.map((call) => call.arguments)].join('');
