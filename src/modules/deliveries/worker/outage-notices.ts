import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DeliverySettings } from '../deliveries.settings.js';
import { SYSTEM_ACTOR } from '../../auth/index.js';
import type { BotEndpointEntity } from '../../bots/index.js';
import { MessagesService } from '../../messages/index.js';
import type { SubscriptionKey } from '../subscriptions.repository.js';
import { type Outage, CircuitBreaker } from './circuit-breaker.js';
import { DueEndpointsRepository } from '../due-endpoints.repository.js';
import { EndpointProfiles } from './event-reader.js';

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

/** Maximum chats that are notified per probe; the others follow with the next probes. */
const CHATS_PER_PROBE = 500;

/** Sends notices to chats whose bot cannot be called. Best effort: a later call sends a missed notice. */
@Injectable()
export class OutageNotices {
  private readonly logger = new Logger(OutageNotices.name);
  /** The due time of the last notified chat, by endpoint. */
  private readonly notifiedUntil = new LRUCache<string, string>({ max: 5000 });

  constructor(
    private readonly circuit: CircuitBreaker,
    private readonly profiles: EndpointProfiles,
    private readonly notices: BotUnavailableNotices,
    private readonly due: DueEndpointsRepository,
  ) {}

  /** Notifies chats with new entries for blocked endpoints. */
  notifyChats(subscriptions: readonly SubscriptionKey[]): void {
    for (const { endpointId, chatId } of subscriptions) {
      if (this.circuit.isBlocked(endpointId)) this.runInBackground(() => this.notify(endpointId, [chatId]));
    }
  }

  /** Notifies the chats that wait for an endpoint, the longest waiting first. */
  notifyWaitingChats(endpointId: string): void {
    if (!this.circuit.outageOf(endpointId)) return;
    this.runInBackground(async () => {
      const chats = await this.due.waitingChats(endpointId, this.notifiedUntil.get(endpointId), CHATS_PER_PROBE);
      const last = chats.length === CHATS_PER_PROBE ? chats.at(-1)?.dueAt : undefined;
      if (last) this.notifiedUntil.set(endpointId, last);
      else this.notifiedUntil.delete(endpointId);
      await this.notify(
        endpointId,
        chats.map(({ chatId }) => chatId),
      );
    });
  }

  private async notify(endpointId: string, chatIds: readonly string[]): Promise<void> {
    const outage = this.circuit.outageOf(endpointId);
    if (!outage) return;
    const unnotified = chatIds.filter((chatId) => this.notices.isDue({ endpointId, chatId }, outage));
    if (unnotified.length === 0) return;
    const profile = (await this.profiles.read([endpointId])).get(endpointId);
    if (profile) for (const chatId of unnotified) this.notices.sendIfDue(profile.endpoint, chatId, outage);
  }

  private runInBackground(work: () => Promise<void>): void {
    work().catch((error: Error) => this.logger.warn(`Sending outage notices failed: ${error.message}`));
  }
}
