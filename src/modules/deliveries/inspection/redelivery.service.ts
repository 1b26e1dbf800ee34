import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../deliveries.settings.js';
import { Database } from '../../../core/database/database.js';
import { type Actor, AuditLogService } from '../../auth/index.js';
import { BotEndpointsService } from '../../bots/index.js';
import { entryNotProcessed } from '../delivery.errors.js';
import { type SubscriptionKey, SubscriptionsRepository } from '../subscriptions.repository.js';
import { RedeliveriesRepository, type RedeliveryScope } from './redeliveries.repository.js';

const DAY_MS = 86_400_000;

export interface RedeliverAll {
  scope: RedeliveryScope;
  since: Date;
  /** Only counts. */
  dryRun: boolean;
}

/** Requests redeliveries for operators, and records them in the audit log. */
@Injectable()
export class RedeliveryService {
  constructor(
    private readonly redeliveries: RedeliveriesRepository,
    private readonly subscriptions: SubscriptionsRepository,
    private readonly endpoints: BotEndpointsService,
    private readonly audit: AuditLogService,
    private readonly database: Database,
    private readonly settings: DeliverySettings,
  ) {}

  /** Redelivers one entry after the new entries of the subscription. @returns 1 @throws DomainError conflict `delivery.not_behind` */
  redeliver(actor: Actor, subscription: SubscriptionKey, seq: number): Promise<number> {
    return this.database.transaction(async () => {
      await this.endpoints.getById(actor, subscription.endpointId);
      await this.subscriptions.createForEndpoint(subscription.endpointId, { chatId: subscription.chatId });
      if (!(await this.redeliveries.addOne(subscription, seq))) throw entryNotProcessed();
      await this.audit.record(actor, 'delivery.redelivered', subscription.endpointId, {
        chatId: subscription.chatId,
        seq,
      });
      return 1;
    });
  }

  /** @returns the number of entries to redeliver */
  async redeliverAll(
    actor: Actor,
    id: string,
    { scope, since: requestedSince, dryRun }: RedeliverAll,
  ): Promise<number> {
    await this.endpoints.getById(actor, id);
    // Deliveries of older entries are no longer stored, so their entries cannot be classified as missing.
    const since = new Date(
      Math.max(requestedSince.getTime(), Date.now() - (this.settings.DELIVERY_RETENTION_DAYS - 1) * DAY_MS),
    );
    // Entries are also missing in chats without a subscription row yet.
    if (scope === 'missing') await this.subscriptions.createForEndpoint(id, { since });
    if (dryRun) return this.redeliveries.count(id, scope, since);
    return this.database.transaction(async () => {
      const count = await this.redeliveries.addAll(id, scope, since);
      await this.audit.record(actor, 'endpoint.redelivered', id, { scope, since: since.toISOString(), count });
      return count;
    });
  }
}
