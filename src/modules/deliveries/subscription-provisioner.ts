import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { EndpointChanged, EndpointRemoving } from '../bots/index.js';
import { MembersJoined, MembersLeft } from '../chats/index.js';
import { EndpointHealthRepository } from './endpoint-health.repository.js';
import { DeliveryWakeups } from './delivery-wakeups.js';
import { RemovedEndpointsRepository } from './housekeeping/housekeeping.repository.js';
import { SubscriptionsRepository } from './subscriptions.repository.js';
import { RetriesRepository } from './retries.repository.js';

/**
 * Creates, ends and reopens subscriptions. Each endpoint of a bot has a subscription in each chat of the bot. The first dispatch that
 * needs it creates it, so adding an endpoint or joining a chat writes no row.
 */
@Injectable()
export class SubscriptionProvisioner {
  constructor(
    private readonly subscriptions: SubscriptionsRepository,
    private readonly removed: RemovedEndpointsRepository,
    private readonly health: EndpointHealthRepository,
    private readonly retries: RetriesRepository,
    private readonly wakeups: DeliveryWakeups,
  ) {}

  @OnDomainEvent(MembersJoined, 'in-transaction')
  async reopen({ chatId, userIds, lastSeq }: MembersJoined): Promise<void> {
    if (lastSeq > 0) await this.subscriptions.reopen(chatId, userIds, lastSeq); // the log of a new chat is empty
  }

  @OnDomainEvent(MembersLeft, 'in-transaction')
  async close({ chatId, memberships }: MembersLeft): Promise<void> {
    const bots = memberships.filter(({ isBot }) => isBot);
    if (bots.length > 0) await this.subscriptions.close(chatId, bots);
  }

  /** An endpoint may have any number of rows, so a job removes them. */
  @OnDomainEvent(EndpointRemoving, 'in-transaction')
  async remove({ endpointId, botId }: EndpointRemoving): Promise<void> {
    await this.removed.add(endpointId, botId);
  }

  /** Resets the health of a changed endpoint: it may have a new address or be repaired. */
  @OnDomainEvent(EndpointChanged, 'in-transaction')
  async resetHealth({ endpointId }: EndpointChanged): Promise<void> {
    await this.health.delete(endpointId);
    await this.retries.makeDue(endpointId);
  }

  @OnDomainEvent(EndpointChanged, 'after-commit')
  wakeEndpoint({ endpointId }: EndpointChanged): void {
    this.wakeups.wakeEndpoint(endpointId);
  }
}
