import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { HistoryCleared } from '../messages/index.js';
import { type ChatUnread, type MissedMessage, SocketsRepository } from './sockets.repository.js';

/** Messages to socket bots that no session acknowledged. */
@Injectable()
export class MissedMessagesService {
  constructor(private readonly sockets: SocketsRepository) {}

  /** Messages that the subscriptions have passed, oldest first. */
  list(endpointId: string, limit: number): Promise<MissedMessage[]> {
    return this.sockets.listMissed(endpointId, limit);
  }

  async acknowledge(acknowledged: readonly { endpointId: string; messageId: string }[]): Promise<void> {
    await this.sockets.deleteMissed(acknowledged);
  }

  /** Count of unacknowledged messages per chat, including those that are still being delivered. */
  async countUnread(botId: string, chatIds: readonly string[]): Promise<Map<string, number>> {
    const rows: ChatUnread[] = chatIds.length > 0 ? await this.sockets.countUnread(botId, chatIds) : [];
    return new Map(rows.map(({ chatId, unread }) => [chatId, unread]));
  }

  @OnDomainEvent(HistoryCleared, 'in-transaction')
  async deleteOfChat({ userId, chatId }: HistoryCleared): Promise<void> {
    await this.sockets.deleteMissedOfChat(userId, chatId);
  }
}
