import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../../core/config/settings.js';
import { SYSTEM } from '../../auth/index.js';
import type { BotEndpointEntity } from '../../bots/index.js';
import { MessagesService } from '../../messages/index.js';
import type { LaneKey } from '../lanes.repository.js';
import type { Outage } from './circuit-breaker.js';

const NOTE = 'The bot is not answering at the moment. Your message will be delivered as soon as it is back.';

const keyOf = (endpointId: string, chatId: string, { since }: Outage): string =>
  `bot_away:${endpointId}:${chatId}:${since.getTime()}`;

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

  /** Whether there may be something to tell: what is known without asking anybody. */
  isDue({ endpointId, chatId }: LaneKey, outage: Outage): boolean {
    const isLong = Date.now() - outage.startedAt >= this.settings.DELIVERY_AWAY_NOTE_AFTER * 1000;
    return isLong && !this.told.has(keyOf(endpointId, chatId, outage));
  }

  /** Resolves at once; a note that could not be written is tried again the next time. */
  consider({ id, format }: BotEndpointEntity, chatId: string, outage: Outage): void {
    if (!this.isDue({ endpointId: id, chatId }, outage)) return;
    const dedupKey = keyOf(id, chatId, outage);
    this.told.set(dedupKey, true);
    if (!(this.settings.DELIVERY_AWAY_NOTE_FORMATS as string[]).includes(format)) return;
    this.messages
      .send(SYSTEM, { chatId, senderId: null, kind: 'admin', body: NOTE, dedupKey })
      .catch((error: Error) => {
        this.told.delete(dedupKey);
        this.logger.warn(`Chat ${chatId} could not be told that its bot is away: ${error.message}`);
      });
  }
}
