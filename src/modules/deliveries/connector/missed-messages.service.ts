import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../../core/events/on-domain-event.decorator.js';
import { HistoryCleared } from '../../messages/index.js';
import { type ChatUnread, type MissedMessage, SocketsRepository } from './sockets.repository.js';

/** What was said to a socket bot and no session of it has acknowledged. */
@Injectable()
export class MissedMessagesService {
  constructor(private readonly sockets: SocketsRepository) {}

  /** What no lane tries to hand over any more, oldest first. */
  page(endpointId: string, limit: number): Promise<MissedMessage[]> {
    return this.sockets.missed(endpointId, limit);
  }

  async acknowledge(acknowledged: readonly { endpointId: string; messageId: string }[]): Promise<void> {
    await this.sockets.forgetMissed(acknowledged);
  }

  /** How much a bot has not acknowledged in each of these chats, with what a lane is still trying. */
  async unread(botId: string, chatIds: readonly string[]): Promise<Map<string, number>> {
    const rows: ChatUnread[] = chatIds.length > 0 ? await this.sockets.unread(botId, chatIds) : [];
    return new Map(rows.map(({ chatId, unread }) => [chatId, unread]));
  }

  @OnDomainEvent(HistoryCleared, 'in-transaction')
  async forgetChat({ userId, chatId }: HistoryCleared): Promise<void> {
    await this.sockets.forgetChat(userId, chatId);
  }
}
