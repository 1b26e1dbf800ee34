import { Injectable } from '@nestjs/common';
import { PubSub } from '../../core/pubsub/pubsub.js';
import type { Actor } from '../auth/index.js';
import { ChatQueries, ChatsService, type MemberEntity } from '../chats/index.js';
import type { MessageEntity } from './message.entity.js';
import { MessagesService } from './messages.service.js';
import { ReadReceiptsService } from './read-receipts.service.js';
import { chatTopic } from './viewer-notifier.js';

/** Typing indicators and read positions. */
@Injectable()
export class PresenceService {
  constructor(
    private readonly messages: MessagesService,
    private readonly chats: ChatsService,
    private readonly chatQueries: ChatQueries,
    private readonly receipts: ReadReceiptsService,
    private readonly pubsub: PubSub,
  ) {}

  /**
   * Sends a typing indicator to the live viewers of a chat. Nothing is stored.
   *
   * @param status `still_working` if a reply takes long
   * @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member`
   */
  async startTyping(actor: Actor, chatId: string, status?: 'still_working'): Promise<void> {
    await this.chats.getFor(actor, chatId);
    this.pubsub.publish(chatTopic(chatId), { kind: 'typing', userId: actor.id, ...(status ? { status } : {}) });
  }

  /**
   * Notifies the live viewers that members started or stopped typing.
   *
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member`
   */
  async publishTyping(actor: Actor, chatId: string, userIds: readonly string[], isTyping: boolean): Promise<void> {
    await this.chatQueries.requireMembers(actor, chatId, userIds);
    const kind = isTyping ? 'typing' : 'typing-stopped';
    for (const userId of userIds) this.pubsub.publish(chatTopic(chatId), { kind, userId });
  }

  /** Notifies the live viewers that the actor stopped typing. Does not check the chat again: `startTyping` did. */
  stopTyping(actor: Actor, chatId: string): void {
    this.pubsub.publish(chatTopic(chatId), { kind: 'typing-stopped', userId: actor.id });
  }

  /**
   * Marks the chat as read by the actor up to a message.
   *
   * @throws DomainError not_found `message.not_found`; forbidden `chat.not_member`
   */
  async markRead(actor: Actor, messageId: string): Promise<void> {
    const message = await this.messages.get(actor, messageId);
    await this.receipts.markRead(actor, message.chatId, actor.id, message.createdAt);
    this.publishRead(actor.id, message);
  }

  /** Records read positions of users and notifies the live viewers. The caller has checked users and permissions. */
  async recordReadPositions(readings: readonly { userId: string; message: MessageEntity }[]): Promise<void> {
    const newest = new Map<string, { userId: string; message: MessageEntity }>();
    for (const reading of readings) {
      const place = `${reading.message.chatId}\n${reading.userId}`;
      if ((newest.get(place)?.message.seq ?? 0) < reading.message.seq) newest.set(place, reading);
    }
    const at = Date.now();
    await this.chats.markRead(
      [...newest.values()].map(({ userId, message: { chatId, seq } }) => ({ chatId, userId, seq, at })),
    );
    for (const { userId, message } of newest.values()) this.publishRead(userId, message);
  }

  /** The joined members of a chat, with their read positions. @throws as `startTyping` */
  async listReadPositions(actor: Actor, chatId: string): Promise<MemberEntity[]> {
    await this.chats.getFor(actor, chatId);
    return (await this.chats.members(chatId)).filter(({ state }) => state === 'joined');
  }

  private publishRead(userId: string, { id: messageId, chatId, createdAt }: MessageEntity): void {
    this.pubsub.publish(chatTopic(chatId), { kind: 'read', userId, messageId, at: createdAt.getTime() });
  }
}
