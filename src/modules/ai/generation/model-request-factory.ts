import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../ai.settings.js';
import type { Context, ContextLimits } from './context/context-builder.js';
import { type Prompt, PromptBuilder, type PromptParts } from './context/prompt-builder.js';
import { maxOutputTokens, smallestWindow, supportsImages } from '../providers/model-family.js';
import { ModelTargets, parametersOf } from '../providers/model-targets.js';
import type { ModelRequest } from '../providers/model.types.js';
import type { CompletionRun, RunContext } from './completion.js';

/** Creates model requests of a run, and the context limits that they have to observe. */
@Injectable()
export class ModelRequestFactory {
  constructor(
    private readonly prompts: PromptBuilder,
    private readonly targets: ModelTargets,
    private readonly settings: AiModuleSettings,
  ) {}

  /** @returns limits that fit the context windows of all models that may serve the request */
  limitsOf({ ai, target, fallbacks, downgradeTarget = target }: RunContext): ContextLimits {
    const window = smallestWindow([target, downgradeTarget, ...fallbacks]);
    const outputTokens = maxOutputTokens(
      { target, fallbacks: [downgradeTarget, ...fallbacks], parameters: parametersOf(ai) },
      0,
    );
    return {
      maxMessages: ai.contextMessages ?? this.settings.AI_CONTEXT_MESSAGES,
      maxTokens: Math.min(ai.contextTokens ?? this.settings.AI_CONTEXT_TOKENS, window - outputTokens),
      maxImages: supportsImages(target) ? (ai.contextImages ?? 0) : 0,
    };
  }

  /** @returns the request, and the context that it sends: within the limits, with the tool rounds so far */
  async create(
    run: CompletionRun,
    runContext: RunContext,
    limits: ContextLimits,
    parts: PromptParts,
  ): Promise<{ context: Prompt; modelRequest: ModelRequest }> {
    const { ai, target, fallbacks } = runContext;
    const context = await this.prompts.build(run, runContext, limits, parts);
    const modelRequest = {
      target,
      fallbacks,
      messages: context.messages,
      tools: parts.offered,
      parameters: parametersOf(ai),
      safetyIdentifier: this.targets.safetyIdentifier(run.userId),
      cacheKey: `bot:${run.botId}`,
    };
    return { context, modelRequest };
  }
}

/** Half of the tokens and messages of a context, without images. */
export const halfOf = ({ tokens, messageIds }: Context): ContextLimits => ({
  maxTokens: Math.max(Math.floor(tokens / 2), 1),
  maxMessages: Math.max(Math.ceil(messageIds.length / 2), 1),
  maxImages: 0,
});
