import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DueEndpointsRepository } from '../due-endpoints.repository.js';
import type { SubscriptionKey } from '../subscriptions.repository.js';
import { BotUnavailableNotices } from './bot-unavailable-notices.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { EndpointProfiles } from './endpoint-profiles.js';

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
