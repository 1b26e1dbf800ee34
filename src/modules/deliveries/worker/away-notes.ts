import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../../core/config/settings.js';
import { SYSTEM } from '../../auth/index.js';
import type { BotEndpointEntity } from '../../bots/index.js';
import { MessagesService } from '../../messages/index.js';

const NOTE = 'The bot is not answering at the moment. Your message will be delivered as soon as it is back.';

/**
 * Tells the people of a chat that their bot is away: silence would let them think that they were not understood. Once for each
 * time that it is away, however many workers notice, since the note has a key that is made of that time.
 */
@Injectable()
export class AwayNotes {
  private readonly logger = new Logger(AwayNotes.name);
  private readonly told = new LRUCache<string, true>({ max: 10_000 });

  constructor(
    private readonly messages: MessagesService,
    private readonly settings: Settings,
  ) {}

  /** Resolves at once; a note that could not be written is tried again the next time. */
  consider(endpoint: BotEndpointEntity, chatId: string, failingSince: Date): void {
    if (!(this.settings.DELIVERY_AWAY_NOTE_FORMATS as string[]).includes(endpoint.format)) return;
    if (Date.now() - failingSince.getTime() < this.settings.DELIVERY_AWAY_NOTE_AFTER * 1000) return;
    const dedupKey = `bot_away:${endpoint.id}:${chatId}:${failingSince.getTime()}`;
    if (this.told.has(dedupKey)) return;
    this.told.set(dedupKey, true);
    this.messages
      .send(SYSTEM, { chatId, senderId: null, kind: 'admin', body: NOTE, dedupKey })
      .catch((error: Error) => {
        this.told.delete(dedupKey);
        this.logger.warn(`Chat ${chatId} could not be told that its bot is away: ${error.message}`);
      });
  }
}
