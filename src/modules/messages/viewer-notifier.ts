import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { LiveBus } from '../../core/live/live-bus.js';
import { ChatCleared, ChatsRemoved, MembersJoined, MembersLeft } from '../chats/index.js';
import { userTopic } from '../users/index.js';
import type { MessageEntity } from './message.entity.js';
import { MessagesEdited, MessagesRemoved, MessagesSent } from './message.events.js';

/** The topic on which the live viewers of a chat, in any process, are notified that its log has grown. */
export const chatTopic = (chatId: string): string => `chat:${chatId}`;

/** Notifies live viewers that a chat log has grown. Best effort: a viewer that misses a notification finds the message by its cursor. */
@Injectable()
export class ViewerNotifier {
  constructor(private readonly live: LiveBus) {}

  @OnDomainEvent(MessagesSent, 'after-commit')
  announce({ messages }: MessagesSent): void {
    const newest = new Map(messages.map(({ chatId, seq }) => [chatId, seq]));
    for (const [chatId, seq] of newest) this.live.publish(chatTopic(chatId), { chatId, seq });
  }

  @OnDomainEvent(MessagesEdited, 'after-commit')
  announceEdits({ messages }: MessagesEdited): void {
    this.hint(messages);
  }

  @OnDomainEvent(MessagesRemoved, 'after-commit')
  announceRemovals({ messages }: MessagesRemoved): void {
    this.hint(messages);
  }

  @OnDomainEvent(MembersJoined, 'after-commit')
  announceMembers({ userIds }: MembersJoined): void {
    this.hintUsers(userIds);
  }

  @OnDomainEvent(MembersLeft, 'after-commit')
  announceLeavers({ userIds }: MembersLeft): void {
    this.hintUsers(userIds);
  }

  @OnDomainEvent(ChatsRemoved, 'after-commit')
  announceEnd({ chats }: ChatsRemoved): void {
    this.hintUsers(new Set(chats.flatMap(({ memberIds }) => memberIds)));
  }

  @OnDomainEvent(ChatCleared, 'after-commit')
  announceClearing({ chatId }: ChatCleared): void {
    this.live.publish(chatTopic(chatId), { chatId });
  }

  /** Notifies users that the set of their chats has changed. */
  private hintUsers(userIds: Iterable<string>): void {
    for (const userId of userIds) this.live.publish(userTopic(userId), { userId });
  }

  private hint(messages: readonly MessageEntity[]): void {
    for (const chatId of new Set(messages.map((message) => message.chatId))) {
      this.live.publish(chatTopic(chatId), { chatId });
    }
  }
}
