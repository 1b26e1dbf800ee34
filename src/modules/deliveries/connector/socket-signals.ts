import { Injectable } from '@nestjs/common';
import { currentRequestId } from '../../../core/context/request-context.js';
import { OnDomainEvent } from '../../../core/events/on-domain-event.decorator.js';
import { ChatRemoved, MembersJoined } from '../../chats/index.js';
import { HistoryCleared, MessageHidden } from '../../messages/index.js';
import { SocketLink, type SocketSignal } from './socket-link.js';

/** Tells the sockets of bots what stands in no log: that a chat was opened or is gone, and what a bot has hidden from itself. */
@Injectable()
export class SocketSignals {
  constructor(private readonly link: SocketLink) {}

  @OnDomainEvent(MembersJoined, 'after-commit')
  announceChat({ chatId, userIds }: MembersJoined): void {
    for (const userId of userIds) this.send(userId, 'opened', chatId);
  }

  @OnDomainEvent(ChatRemoved, 'after-commit')
  announceRemoval({ chatId, memberIds }: ChatRemoved): void {
    for (const userId of memberIds) this.send(userId, 'removed', chatId);
  }

  @OnDomainEvent(MessageHidden, 'after-commit')
  announceHidden({ userId, chatId, messageId }: MessageHidden): void {
    this.send(userId, 'hidden', chatId, messageId);
  }

  @OnDomainEvent(HistoryCleared, 'after-commit')
  announceCleared({ userId, chatId }: HistoryCleared): void {
    this.send(userId, 'cleared', chatId);
  }

  private send(botId: string, kind: SocketSignal['kind'], chatId: string, messageId = ''): void {
    this.link.signal(botId, { kind, chatId, messageId, except: currentSession() });
  }
}

/** A request of a socket is named after its session: `<session>.<number>`. */
export const sessionOf = (requestId: string): string => requestId.split('.', 1)[0];

const currentSession = (): string => sessionOf(currentRequestId() ?? '');
