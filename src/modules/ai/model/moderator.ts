import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import type { ModelTarget } from './model.types.js';
import { OpenAiClients } from './openai.clients.js';

const MODEL = 'omni-moderation-latest';
const TIMEOUT_MS = 5000;

/** Says whether a text is fit to be heard or said. Another one can be provided in its place. */
export abstract class Moderator {
  /** @returns the categories for which it is not; none when it is, and also when nobody could be asked */
  abstract check(text: string, target: ModelTarget): Promise<string[]>;
}

/** Asks the provider's moderation model. When that is down, people are not made to wait for it. */
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
      this.logger.warn(`Moderation could not be asked, so nothing was held back: ${(error as Error).name}`);
      return [];
    }
  }
}
