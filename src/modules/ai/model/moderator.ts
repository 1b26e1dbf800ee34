import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import type { ModelTarget } from './model.types.js';
import { OpenAiClients } from './openai.clients.js';

const MODEL = 'omni-moderation-latest';
const TIMEOUT_MS = 5000;

/** Says whether a text is fit to be heard or said. Another one can be provided in its place. */
export abstract class Moderator {
  /** @returns the categories for which it is not; none when it is. When nobody could be asked, that is one, or none, as the settings say */
  abstract check(text: string, target: ModelTarget): Promise<string[]>;
}

/** Asks the provider's moderation model. */
@Injectable()
export class OpenAiModerator extends Moderator {
  private readonly logger = new Logger(OpenAiModerator.name);

  constructor(
    private readonly clients: OpenAiClients,
    private readonly settings: Settings,
  ) {
    super();
  }

  async check(text: string, target: ModelTarget): Promise<string[]> {
    if (this.settings.aiMode === 'fake' || this.settings.aiMode === 'replay') return [];
    try {
      const answer = await this.clients
        .for(target)
        .moderations.create({ model: MODEL, input: text }, { timeout: TIMEOUT_MS });
      return answer.results.flatMap(({ flagged, categories }) =>
        flagged ? Object.entries(categories).flatMap(([name, isSo]) => (isSo ? [name] : [])) : [],
      );
    } catch (error) {
      const isClosed = this.settings.AI_MODERATION_DOWN === 'closed';
      const outcome = isClosed ? 'so all was held back' : 'so nothing was held back';
      this.logger.warn(`Moderation could not be asked, ${outcome}: ${(error as Error).name}`);
      return isClosed ? ['moderation_down'] : [];
    }
  }
}
