import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { Sealer } from '../../../core/crypto/sealer.js';
import type { AiSettings } from '../../bots/index.js';
import type { ModelParameters, ModelTarget } from './model.types.js';

/** The last characters of a key, by which its owner knows it. */
const SHOWN_CHARS = 4;

/** Where no model is connected: the stand-in, which is never asked over the network. */
const BUILT_IN: ModelTarget = {
  model: 'built-in',
  baseUrl: 'http://built-in.invalid',
  apiKey: undefined,
  keyAlias: '',
  provider: '',
  isGuarded: false,
};

/** Says which model a bot speaks with, and by whose key. */
@Injectable()
export class ModelTargets {
  constructor(
    private readonly settings: Settings,
    private readonly sealer: Sealer,
  ) {}

  /** The model that is asked first. A bot's own address is never used with the operator's key. */
  of(ai: AiSettings): ModelTarget {
    if (this.settings.aiMode === 'fake') return BUILT_IN;
    const { model = this.settings.AI_DEFAULT_MODEL, baseUrl } = ai;
    return this.make(model, baseUrl, ai.apiKeySealed);
  }

  /** That one, and then those that are asked when it cannot be. */
  allOf(ai: AiSettings): [ModelTarget, ...ModelTarget[]] {
    const first = this.of(ai);
    if (first === BUILT_IN) return [first];
    const fallbacks = (ai.fallback ?? []).map(({ model, baseUrl, apiKeySealed }) =>
      baseUrl === undefined && apiKeySealed === undefined
        ? { ...first, model }
        : this.make(model, baseUrl, apiKeySealed),
    );
    return [first, ...fallbacks];
  }

  /** Says who asks without saying who it is: the provider can tell one from another, and nobody can go back from there. */
  safetyIdentifier(userId: string): string {
    return this.sign(`ai-user:${userId}`);
  }

  private sign(text: string): string {
    return createHmac('sha256', this.settings.ENCRYPTION_KEY).update(text).digest('hex');
  }

  private make(model: string, ownUrl: string | undefined, keySealed: string | undefined): ModelTarget {
    const ownKey = keySealed === undefined ? undefined : this.sealer.open(Buffer.from(keySealed, 'base64'));
    const apiKey = ownKey ?? (ownUrl ? undefined : this.settings.OPENAI_API_KEY);
    const baseUrl = (ownUrl ?? this.settings.openAiBaseUrl).replace(/\/+$/, '');
    return {
      model,
      baseUrl,
      apiKey,
      keyAlias: `${ownKey ? 'bot' : 'server'} …${apiKey?.slice(-SHOWN_CHARS) ?? ''}`,
      provider: this.sign(`ai-key:${baseUrl} ${apiKey ?? ''}`),
      isGuarded: ownUrl !== undefined,
    };
  }
}

export const parametersOf = (ai: AiSettings): ModelParameters => ({
  temperature: ai.temperature,
  maxTokens: ai.maxTokens,
  topP: ai.topP,
  presencePenalty: ai.presencePenalty,
  frequencyPenalty: ai.frequencyPenalty,
  stop: ai.stop,
  reasoningEffort: ai.reasoningEffort,
  verbosity: ai.verbosity,
});
