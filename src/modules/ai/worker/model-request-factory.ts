import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import type { Context, ContextLimits } from '../context/context-builder.js';
import { type Prompt, PromptMaker, type PromptTools } from '../context/prompt-maker.js';
import { canSee, mostTokens } from '../model/model-family.js';
import { ModelTargets, parametersOf } from '../model/model-targets.js';
import { smallestWindow } from '../model/model-window.js';
import type { ModelRequest } from '../model/model.types.js';
import type { Scene } from './scene.js';

/** Creates model requests of a run, and the context limits that they have to observe. */
@Injectable()
export class ModelRequestFactory {
  constructor(
    private readonly prompts: PromptMaker,
    private readonly targets: ModelTargets,
    private readonly settings: Settings,
  ) {}

  /** @returns limits that fit the context windows of all models that may serve the request */
  limitsOf({ ai, target, fallbacks, downgraded = target }: Scene): ContextLimits {
    const window = smallestWindow([target, downgraded, ...fallbacks]);
    const outputTokens = mostTokens({ target, fallbacks: [downgraded, ...fallbacks], parameters: parametersOf(ai) }, 0);
    return {
      maxMessages: ai.contextMessages ?? this.settings.AI_CONTEXT_MESSAGES,
      maxTokens: Math.min(ai.contextTokens ?? this.settings.AI_CONTEXT_TOKENS, window - outputTokens),
      maxImages: canSee(target) ? (ai.contextImages ?? 0) : 0,
    };
  }

  /** @returns the request, and the context that it sends: within the limits, with the tool rounds so far */
  async create(
    run: AiRunEntity,
    runContext: Scene,
    limits: ContextLimits,
    tools: PromptTools,
  ): Promise<{ context: Prompt; wanted: ModelRequest }> {
    const { ai, target, fallbacks } = runContext;
    const context = await this.prompts.make(run, runContext, limits, tools);
    const wanted = {
      target,
      fallbacks,
      messages: context.messages,
      tools: tools.offered,
      parameters: parametersOf(ai),
      safetyIdentifier: this.targets.safetyIdentifier(run.userId),
      cacheKey: `bot:${run.botId}`,
    };
    return { context, wanted };
  }
}

/** Half of the tokens and messages of a context, without images. */
export const halfOf = ({ tokens, messageIds }: Context): ContextLimits => ({
  maxTokens: Math.max(Math.floor(tokens / 2), 1),
  maxMessages: Math.max(Math.ceil(messageIds.length / 2), 1),
  maxImages: 0,
});
