import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { EndpointChanged, EndpointRemoving } from '../bots/index.js';
import { MembersJoined, MembersLeft } from '../chats/index.js';
import { EndpointHealthRepository } from './endpoint-health.repository.js';
import { DeliveryWakeups } from './delivery-wakeups.js';
import { RemovedEndpointsRepository } from './housekeeping/removed-endpoints.repository.js';
import { LanesRepository } from './lanes.repository.js';
import { RetriesRepository } from './retries.repository.js';

/**
 * The life of the cursors. Each endpoint of a bot has one in each chat that the bot is in, made by the first dispatch that needs it:
 * neither an endpoint that is added nor a bot that joins writes a row for it.
 */
@Injectable()
export class LaneOpener {
  constructor(
    private readonly lanes: LanesRepository,
    private readonly removed: RemovedEndpointsRepository,
    private readonly health: EndpointHealthRepository,
    private readonly retries: RetriesRepository,
    private readonly wakeups: DeliveryWakeups,
  ) {}

  @OnDomainEvent(MembersJoined, 'in-transaction')
  async reopen({ chatId, userIds, lastSeq }: MembersJoined): Promise<void> {
    if (lastSeq > 0) await this.lanes.reopen(chatId, userIds, lastSeq); // the log of a new chat is empty
  }

  @OnDomainEvent(MembersLeft, 'in-transaction')
  async close({ chatId, memberships }: MembersLeft): Promise<void> {
    const bots = memberships.filter(({ isBot }) => isBot);
    if (bots.length > 0) await this.lanes.close(chatId, bots);
  }

  /** What hangs on an endpoint may be any number of rows, so a job removes them. */
  @OnDomainEvent(EndpointRemoving, 'in-transaction')
  async remove({ endpointId, botId }: EndpointRemoving): Promise<void> {
    await this.removed.add(endpointId, botId);
  }

  /** Whatever was held against it is forgotten: it may be another address, or mended. */
  @OnDomainEvent(EndpointChanged, 'in-transaction')
  async forgive({ endpointId }: EndpointChanged): Promise<void> {
    await this.health.forget(endpointId);
    await this.retries.makeDue(endpointId);
  }

  @OnDomainEvent(EndpointChanged, 'after-commit')
  wake({ endpointId }: EndpointChanged): void {
    this.wakeups.wakeEndpoint(endpointId);
  }
}
