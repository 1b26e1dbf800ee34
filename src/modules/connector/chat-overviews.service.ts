import { Injectable } from '@nestjs/common';
import type { Actor } from '../auth/index.js';
import { type ChatEntity, type MemberEntity, MemberChatsService } from '../chats/index.js';
import type { FileEntity } from '../files/index.js';
import { HistoryService, type MessageEntity, MessagesService } from '../messages/index.js';
import { MissedMessagesService } from './missed-messages.service.js';

/** Overview of a chat for one of its members. */
export interface ChatOverview {
  chat: ChatEntity;
  member: MemberEntity;
  /** The title; of a personal chat, the name of the other member. */
  title: string;
  newest: MessageEntity | undefined;
  /** Attachments of the newest message. */
  files: ReadonlyMap<string, FileEntity>;
  unread: number;
}

/** Loads chat overviews for socket bots, with a constant number of queries. */
@Injectable()
export class ChatOverviewsService {
  constructor(
    private readonly chats: MemberChatsService,
    private readonly history: HistoryService,
    private readonly messages: MessagesService,
    private readonly missed: MissedMessagesService,
  ) {}

  /** Most recently active chats first. */
  async list(actor: Actor, limit: number, skip: number): Promise<ChatOverview[]> {
    return this.toOverviews(actor, await this.chats.list(actor, limit, skip));
  }

  /** @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member` */
  async get(actor: Actor, chatId: string): Promise<ChatOverview> {
    const [overview] = await this.toOverviews(actor, [await this.chats.get(actor, chatId)]);
    return overview;
  }

  private async toOverviews(
    actor: Actor,
    views: { chat: ChatEntity; member: MemberEntity }[],
  ): Promise<ChatOverview[]> {
    const ids = views.map(({ chat }) => chat.id);
    const [newest, unread, partners] = await Promise.all([
      this.history.findNewest(actor, ids),
      this.missed.countUnread(actor.id, ids),
      this.chats.partnerNicknames(
        actor.id,
        views.map(({ chat }) => chat),
      ),
    ]);
    const files = await this.messages.loadAttachments([...newest.values()]);
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
