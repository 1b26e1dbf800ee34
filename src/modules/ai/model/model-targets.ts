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

  /** A bot's own address is never used with the operator's key. */
  of(ai: AiSettings): ModelTarget {
    if (this.settings.aiMode === 'fake') return BUILT_IN;
    const model = ai.model ?? this.settings.AI_DEFAULT_MODEL;
    const ownKey = this.ownKey(ai);
    const apiKey = ownKey ?? (ai.baseUrl ? undefined : this.settings.OPENAI_API_KEY);
    const baseUrl = (ai.baseUrl ?? this.settings.openAiBaseUrl).replace(/\/+$/, '');
    return {
      model,
      baseUrl,
      apiKey,
      keyAlias: `${ownKey ? 'bot' : 'server'} …${apiKey?.slice(-SHOWN_CHARS) ?? ''}`,
      provider: this.sign(`ai-key:${baseUrl} ${apiKey ?? ''}`),
      isGuarded: ai.baseUrl !== undefined,
    };
  }

  /** Says who asks without saying who it is: the provider can tell one from another, and nobody can go back from there. */
  safetyIdentifier(userId: string): string {
    return this.sign(`ai-user:${userId}`);
  }

  private sign(text: string): string {
    return createHmac('sha256', this.settings.ENCRYPTION_KEY).update(text).digest('hex');
  }

  private ownKey({ apiKeySealed }: AiSettings): string | undefined {
    return apiKeySealed === undefined ? undefined : this.sealer.open(Buffer.from(apiKeySealed, 'base64'));
  }
}

export const parametersOf = (ai: AiSettings): ModelParameters => ({
  temperature: ai.temperature,
  maxTokens: ai.maxTokens,
  topP: ai.topP,
  presencePenalty: ai.presencePenalty,
  frequencyPenalty: ai.frequencyPenalty,
});
