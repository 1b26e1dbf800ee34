import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { EndpointRecordsRegistry } from '../deliveries/index.js';
import { HistoryCleared } from '../messages/index.js';
import { type MissedMessage, MissedMessagesRepository } from './missed-messages.repository.js';

/** Messages to socket bots that no session acknowledged. */
@Injectable()
export class MissedMessagesService {
  constructor(
    private readonly missed: MissedMessagesRepository,
    records: EndpointRecordsRegistry,
  ) {
    records.register({
      what: 'missed messages of bots',
      deleteOld: (days) => missed.deleteOld(days),
      deleteOfEndpoint: (endpointId, limit) => missed.deleteOfEndpoint(endpointId, limit),
    });
  }

  /** Messages that the subscriptions have passed, oldest first. */
  list(endpointId: string, limit: number): Promise<MissedMessage[]> {
    return this.missed.list(endpointId, limit);
  }

  async acknowledge(acknowledged: readonly { endpointId: string; messageId: string }[]): Promise<void> {
    await this.missed.delete(acknowledged);
  }

  /** Count of unacknowledged messages per chat, including those that are still being delivered. */
  async countUnread(botId: string, chatIds: readonly string[]): Promise<Map<string, number>> {
    const rows = chatIds.length > 0 ? await this.missed.countUnread(botId, chatIds) : [];
    return new Map(rows.map(({ chatId, unread }) => [chatId, unread]));
  }

  @OnDomainEvent(HistoryCleared, 'in-transaction')
  async deleteOfChat({ userId, chatId }: HistoryCleared): Promise<void> {
    await this.missed.deleteOfChat(userId, chatId);
  }
}
