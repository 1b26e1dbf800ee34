import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../ai.settings.js';
import { Encryptor } from '../../../core/crypto/encryptor.js';
import type { AiSettings } from '../../bots/index.js';
import type { ModelParameters, ModelTarget } from './model.types.js';

/** Length of the visible end of a key. */
const SHOWN_CHARS = 4;

/** The built-in stand-in when no model is connected. It makes no network requests. */
const BUILT_IN: ModelTarget = {
  model: 'built-in',
  baseUrl: 'http://built-in.invalid',
  apiKey: undefined,
  keyAlias: '',
  provider: '',
  requiresPublicAddress: false,
};

/** Resolves the model, server and key of a bot. */
@Injectable()
export class ModelTargets {
  constructor(
    private readonly settings: AiModuleSettings,
    private readonly encryptor: Encryptor,
  ) {}

  /** The primary target. The server's own key is never sent to the base URL of a bot. */
  primaryOf(ai: AiSettings): ModelTarget {
    if (this.settings.aiMode === 'fake') return BUILT_IN;
    const { model = this.settings.AI_DEFAULT_MODEL, baseUrl } = ai;
    return this.toTarget(model, baseUrl, ai.apiKeyEncrypted);
  }

  /** The primary target and its fallbacks. */
  allOf(ai: AiSettings): [ModelTarget, ...ModelTarget[]] {
    const first = this.primaryOf(ai);
    if (first === BUILT_IN) return [first];
    const fallbacks = (ai.fallback ?? []).map(({ model, baseUrl, apiKeyEncrypted }) =>
      baseUrl === undefined && apiKeyEncrypted === undefined
        ? { ...first, model }
        : this.toTarget(model, baseUrl, apiKeyEncrypted),
    );
    return [first, ...fallbacks];
  }

  /** A keyed hash of the user id: the provider can distinguish users but not identify them. */
  safetyIdentifier(userId: string): string {
    return this.sign(`ai-user:${userId}`);
  }

  private sign(text: string): string {
    return createHmac('sha256', this.settings.ENCRYPTION_KEY).update(text).digest('hex');
  }

  private toTarget(model: string, ownUrl: string | undefined, keyEncrypted: string | undefined): ModelTarget {
    const ownKey = keyEncrypted === undefined ? undefined : this.encryptor.decrypt(Buffer.from(keyEncrypted, 'base64'));
    const apiKey = ownKey ?? (ownUrl ? undefined : this.settings.OPENAI_API_KEY);
    const baseUrl = (ownUrl ?? this.settings.openAiBaseUrl).replace(/\/+$/, '');
    return {
      model,
      baseUrl,
      apiKey,
      keyAlias: `${ownKey ? 'bot' : 'server'} …${apiKey?.slice(-SHOWN_CHARS) ?? ''}`,
      provider: this.sign(`ai-key:${baseUrl} ${apiKey ?? ''}`),
      requiresPublicAddress: ownUrl !== undefined,
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
