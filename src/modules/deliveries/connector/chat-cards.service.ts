import { Injectable } from '@nestjs/common';
import type { Actor } from '../../auth/index.js';
import { type ChatEntity, type MemberEntity, MemberChatsService } from '../../chats/index.js';
import type { FileEntity } from '../../files/index.js';
import { HistoryService, type MessageEntity, MessagesService } from '../../messages/index.js';
import { MissedMessagesService } from './missed-messages.service.js';

/** A chat at a glance, as one of its members sees it. */
export interface ChatCard {
  chat: ChatEntity;
  member: MemberEntity;
  /** A chat of two is called after the other one. */
  title: string;
  newest: MessageEntity | undefined;
  /** Those of the newest message. */
  files: ReadonlyMap<string, FileEntity>;
  unread: number;
}

/** Shows socket bots their chats at a glance, in few queries whatever their number. */
@Injectable()
export class ChatCardsService {
  constructor(
    private readonly chats: MemberChatsService,
    private readonly history: HistoryService,
    private readonly messages: MessagesService,
    private readonly missed: MissedMessagesService,
  ) {}

  /** First those in which something has happened last. */
  async list(actor: Actor, limit: number, skip: number): Promise<ChatCard[]> {
    return this.toCards(actor, await this.chats.list(actor, limit, skip));
  }

  /** @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member` */
  async get(actor: Actor, chatId: string): Promise<ChatCard> {
    const [card] = await this.toCards(actor, [await this.chats.get(actor, chatId)]);
    return card;
  }

  private async toCards(actor: Actor, views: { chat: ChatEntity; member: MemberEntity }[]): Promise<ChatCard[]> {
    const ids = views.map(({ chat }) => chat.id);
    const [newest, unread, partners] = await Promise.all([
      this.history.newest(actor, ids),
      this.missed.unread(actor.id, ids),
      this.chats.partners(
        actor.id,
        views.map(({ chat }) => chat),
      ),
    ]);
    const files = await this.messages.attachments([...newest.values()]);
    return views.map(({ chat, member }) => ({
      chat,
      member,
      title: partners.get(chat.id) ?? chat.title,
      newest: newest.get(chat.id),
      files,
      unread: unread.get(chat.id) ?? 0,
    }));
  }
}
