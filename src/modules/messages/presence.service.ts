import { Injectable } from '@nestjs/common';
import { LiveBus } from '../../core/live/live-bus.js';
import type { Actor } from '../auth/index.js';
import { ChatDirectory, ChatsService, type MemberEntity } from '../chats/index.js';
import type { MessageEntity } from './message.entity.js';
import { MessagesService } from './messages.service.js';
import { ReadReceiptsService } from './read-receipts.service.js';
import { chatTopic } from './viewer-notifier.js';

/** What people see of each other beside what is said: that somebody types, and how far somebody has read. */
@Injectable()
export class PresenceService {
  constructor(
    private readonly messages: MessagesService,
    private readonly chats: ChatsService,
    private readonly directory: ChatDirectory,
    private readonly receipts: ReadReceiptsService,
    private readonly live: LiveBus,
  ) {}

  /**
   * Tells those who are looking; nothing is stored.
   *
   * @param status what else is to be shown: `still_working` when it takes long
   * @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member`
   */
  async type(actor: Actor, chatId: string, status?: 'still_working'): Promise<void> {
    await this.chats.getFor(actor, chatId);
    this.live.publish(chatTopic(chatId), { kind: 'typing', userId: actor.id, ...(status ? { status } : {}) });
  }

  /**
   * Tells those who are looking that members type, or have stopped it.
   *
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member`
   */
  async tellTyping(actor: Actor, chatId: string, userIds: readonly string[], isTyping: boolean): Promise<void> {
    await this.directory.mustBeMembers(actor, chatId, userIds);
    const kind = isTyping ? 'typing' : 'typing-stopped';
    for (const userId of userIds) this.live.publish(chatTopic(chatId), { kind, userId });
  }

  /** Tells those who are looking that the actor has stopped typing. Needs no look at the chat: `type` has had it. */
  stopTyping(actor: Actor, chatId: string): void {
    this.live.publish(chatTopic(chatId), { kind: 'typing-stopped', userId: actor.id });
  }

  /**
   * Notes that the actor has read the chat down to a message.
   *
   * @throws DomainError not_found `message.not_found`; forbidden `chat.not_member`
   */
  async read(actor: Actor, messageId: string): Promise<void> {
    const { chatId, createdAt } = await this.messages.get(actor, messageId);
    await this.receipts.markRead(actor, chatId, actor.id, createdAt);
    this.live.publish(chatTopic(chatId), { kind: 'read', userId: actor.id, messageId, at: createdAt.getTime() });
  }

  /** Notes which messages users have read, and tells those who are looking. Who they are and what they may was asked before. */
  async noteRead(readings: readonly { userId: string; message: MessageEntity }[]): Promise<void> {
    const newest = new Map<string, { userId: string; message: MessageEntity }>();
    for (const reading of readings) {
      const place = `${reading.message.chatId}\n${reading.userId}`;
      if ((newest.get(place)?.message.seq ?? 0) < reading.message.seq) newest.set(place, reading);
    }
    const at = Date.now();
    await this.chats.markRead(
      [...newest.values()].map(({ userId, message: { chatId, seq } }) => ({ chatId, userId, seq, at })),
    );
    for (const { userId, message } of newest.values()) {
      const { id: messageId, chatId, createdAt } = message;
      this.live.publish(chatTopic(chatId), { kind: 'read', userId, messageId, at: createdAt.getTime() });
    }
  }

  /** The joined members of a chat, who know how far they have read. @throws as `type` */
  async readers(actor: Actor, chatId: string): Promise<MemberEntity[]> {
    await this.chats.getFor(actor, chatId);
    return (await this.chats.members(chatId)).filter(({ state }) => state === 'joined');
  }
}
