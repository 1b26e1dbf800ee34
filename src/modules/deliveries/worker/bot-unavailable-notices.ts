import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DeliverySettings } from '../deliveries.settings.js';
import { SYSTEM_ACTOR } from '../../auth/index.js';
import type { BotEndpointEntity } from '../../bots/index.js';
import { MessagesService } from '../../messages/index.js';
import type { SubscriptionKey } from '../subscriptions.repository.js';
import type { Outage } from './circuit-breaker.js';

const NOTICE = 'The bot is not answering at the moment. Your message will be delivered as soon as it is back.';

const keyOf = (endpointId: string, chatId: string, { since }: Outage): string =>
  `bot_away:${endpointId}:${chatId}:${since.getTime()}`;

/**
 * Sends a notice to a chat whose bot is unavailable. The deduplication key contains the start of the outage, so a chat receives one notice
 * per outage, however many workers send it.
 */
@Injectable()
export class BotUnavailableNotices {
  private readonly logger = new Logger(BotUnavailableNotices.name);
  private readonly sent = new LRUCache<string, true>({ max: 10_000 });

  constructor(
    private readonly messages: MessagesService,
    private readonly settings: DeliverySettings,
  ) {}

  /** Whether a notice may be due, by the knowledge of this process. */
  isDue({ endpointId, chatId }: SubscriptionKey, outage: Outage): boolean {
    const isLong = Date.now() - outage.startedAt >= this.settings.DELIVERY_AWAY_NOTE_AFTER * 1000;
    return isLong && !this.sent.has(keyOf(endpointId, chatId, outage));
  }

  /** Sends a due notice in the background. After a failure the next call retries. */
  sendIfDue({ id, format }: BotEndpointEntity, chatId: string, outage: Outage): void {
    if (!this.isDue({ endpointId: id, chatId }, outage)) return;
    const dedupKey = keyOf(id, chatId, outage);
    this.sent.set(dedupKey, true);
    if (!(this.settings.DELIVERY_AWAY_NOTE_FORMATS as string[]).includes(format)) return;
    this.messages
      .send(SYSTEM_ACTOR, { chatId, senderId: null, kind: 'admin', body: NOTICE, dedupKey })
      .catch((error: Error) => {
        this.sent.delete(dedupKey);
        this.logger.warn(`Sending the outage notice to chat ${chatId} failed: ${error.message}`);
      });
  }
}
