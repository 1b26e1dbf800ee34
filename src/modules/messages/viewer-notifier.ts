import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { PubSub } from '../../core/pubsub/pubsub.js';
import { ChatCleared, ChatsRemoved, MembersJoined, MembersLeft } from '../chats/index.js';
import { userTopic } from '../users/index.js';
import type { MessageEntity } from './message.entity.js';
import { MessagesEdited, MessagesRemoved, MessagesSent } from './message.events.js';

/** The topic on which the live viewers of a chat, in any process, are notified that its log has grown. */
export const chatTopic = (chatId: string): string => `chat:${chatId}`;

/** Notifies live viewers that a chat log has grown. Best effort: a viewer that misses a notification finds the message by its cursor. */
@Injectable()
export class ViewerNotifier {
  constructor(private readonly pubsub: PubSub) {}

  @OnDomainEvent(MessagesSent, 'after-commit')
  onMessagesSent({ messages }: MessagesSent): void {
    const newest = new Map(messages.map(({ chatId, seq }) => [chatId, seq]));
    for (const [chatId, seq] of newest) this.pubsub.publish(chatTopic(chatId), { chatId, seq });
  }

  @OnDomainEvent(MessagesEdited, 'after-commit')
  onMessagesEdited({ messages }: MessagesEdited): void {
    this.notifyChats(messages);
  }

  @OnDomainEvent(MessagesRemoved, 'after-commit')
  onMessagesRemoved({ messages }: MessagesRemoved): void {
    this.notifyChats(messages);
  }

  @OnDomainEvent(MembersJoined, 'after-commit')
  onMembersJoined({ userIds }: MembersJoined): void {
    this.notifyUsers(userIds);
  }

  @OnDomainEvent(MembersLeft, 'after-commit')
  onMembersLeft({ userIds }: MembersLeft): void {
    this.notifyUsers(userIds);
  }

  @OnDomainEvent(ChatsRemoved, 'after-commit')
  onChatsRemoved({ chats }: ChatsRemoved): void {
    this.notifyUsers(new Set(chats.flatMap(({ memberIds }) => memberIds)));
  }

  @OnDomainEvent(ChatCleared, 'after-commit')
  onChatCleared({ chatId }: ChatCleared): void {
    this.pubsub.publish(chatTopic(chatId), { chatId });
  }

  /** Notifies users that the set of their chats has changed. */
  private notifyUsers(userIds: Iterable<string>): void {
    for (const userId of userIds) this.pubsub.publish(userTopic(userId), { userId });
  }

  private notifyChats(messages: readonly MessageEntity[]): void {
    for (const chatId of new Set(messages.map((message) => message.chatId))) {
      this.pubsub.publish(chatTopic(chatId), { chatId });
    }
  }
}
