import { Injectable } from '@nestjs/common';
import { together } from '../../core/database/database.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { EndpointAdded, EndpointChanged, EndpointRemoving, type Transport } from '../bots/index.js';
import { MembersJoined } from '../chats/index.js';
import { EndpointHealthRepository } from './endpoint-health.repository.js';
import { LanesRepository } from './lanes.repository.js';

/** The transports that somebody serves. Endpoints of others get no lanes, since nobody would ever empty them. */
export const SERVED_TRANSPORTS: readonly Transport[] = ['callback', 'ai', 'connector'];

/** Sees to it that each endpoint of a bot has a lane in each chat that the bot is in. */
@Injectable()
export class LaneOpener {
  constructor(
    private readonly lanes: LanesRepository,
    private readonly health: EndpointHealthRepository,
  ) {}

  @OnDomainEvent(EndpointAdded, 'in-transaction')
  async openForEndpoint({ endpointId, botId, transport }: EndpointAdded): Promise<void> {
    if (!SERVED_TRANSPORTS.includes(transport)) return;
    await this.lanes.openForEndpoint(endpointId, botId);
  }

  @OnDomainEvent(MembersJoined, 'in-transaction')
  async openForMembers({ chatId, userIds, lastSeq }: MembersJoined): Promise<void> {
    await this.lanes.openForChat(chatId, lastSeq, userIds, SERVED_TRANSPORTS);
  }

  /** The lanes themselves go with the endpoint's row. */
  @OnDomainEvent(EndpointRemoving, 'in-transaction')
  async forgetEndpoint({ endpointId }: EndpointRemoving): Promise<void> {
    await this.lanes.forgetEndpoint(endpointId);
  }

  /** Whatever was held against it is forgotten: it may be another address, or mended. */
  @OnDomainEvent(EndpointChanged, 'in-transaction')
  async forgive({ endpointId }: EndpointChanged): Promise<void> {
    await together([this.health.forget(endpointId), this.lanes.ringAgain(endpointId)]);
  }
}
