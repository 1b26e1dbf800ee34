import { Injectable, Logger } from '@nestjs/common';
import { AiModuleSettings } from '../ai.settings.js';
import type { ModelTarget } from './model.types.js';
import { OpenAiClients } from './openai.clients.js';

const MODEL = 'omni-moderation-latest';
const TIMEOUT_MS = 5000;

/** Checks whether a text is acceptable. It can be replaced by another provider. */
export abstract class Moderator {
  /** @returns the violated categories. If moderation is unavailable: `moderation_down` or none, as `AI_MODERATION_DOWN` says */
  abstract check(text: string, target: ModelTarget): Promise<string[]>;
}

/** Uses the moderation endpoint of the provider. */
@Injectable()
export class OpenAiModerator extends Moderator {
  private readonly logger = new Logger(OpenAiModerator.name);

  constructor(
    private readonly clients: OpenAiClients,
    private readonly settings: AiModuleSettings,
  ) {
    super();
  }

  async check(text: string, target: ModelTarget): Promise<string[]> {
    if (this.settings.aiMode === 'fake' || this.settings.aiMode === 'replay') return [];
    try {
      const response = await this.clients
        .for(target)
        .moderations.create({ model: MODEL, input: text }, { timeout: TIMEOUT_MS });
      return response.results.flatMap(({ flagged, categories }) =>
        flagged ? Object.entries(categories).flatMap(([name, isViolated]) => (isViolated ? [name] : [])) : [],
      );
    } catch (error) {
      const isClosed = this.settings.AI_MODERATION_DOWN === 'closed';
      const outcome = isClosed ? 'the text was blocked' : 'the text was allowed';
      this.logger.warn(`Moderation unavailable, ${outcome}: ${(error as Error).name}`);
      return isClosed ? ['moderation_down'] : [];
    }
  }
}
