import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import type { Actor } from '../auth/index.js';
import { type ChatEntity, MemberChatsService } from '../chats/index.js';
import type { FileEntity } from '../files/index.js';
import { HistoryRepository } from './history.repository.js';
import type { MessageEntity } from './message.entity.js';
import { messageNotFound } from './message.errors.js';
import { MessageHidden } from './message.events.js';
import { MAX_PAGE_SIZE, MessagesService } from './messages.service.js';

/** The messages of a chat as one member sees them: without hidden messages and without those before its history begins. */
@Injectable()
export class HistoryService {
  constructor(
    private readonly history: HistoryRepository,
    private readonly messages: MessagesService,
    private readonly chats: MemberChatsService,
    private readonly database: Database,
    private readonly events: DomainEvents,
  ) {}

  /**
   * Newest first, with the chat.
   *
   * @param beforeId only messages older than this one
   * @throws DomainError not_found `chat.not_found`, `message.not_found`; forbidden `chat.not_member`
   */
  async listPage(
    actor: Actor,
    chatId: string,
    limit: number,
    beforeId?: string,
  ): Promise<{ chat: ChatEntity; messages: MessageEntity[] }> {
    const { chat } = await this.chats.get(actor, chatId);
    const before = beforeId === undefined ? Number.MAX_SAFE_INTEGER : await this.getSeq(actor, chatId, beforeId);
    return { chat, messages: await this.history.listPage(actor.id, chatId, before, Math.min(limit, MAX_PAGE_SIZE)) };
  }

  /** The newest message of each chat that the actor sees, by chat id. */
  async findNewest(actor: Actor, chatIds: readonly string[]): Promise<Map<string, MessageEntity>> {
    const messages = chatIds.length > 0 ? await this.history.findNewest(actor.id, chatIds) : [];
    return new Map(messages.map((message) => [message.chatId, message]));
  }

  /**
   * The references of messages by id: the parent messages that the user sees, and the files of all these messages.
   *
   * @param files the files of these messages, if already loaded
   */
  async loadReferences(
    userId: string,
    messages: readonly MessageEntity[],
    files?: ReadonlyMap<string, FileEntity>,
  ): Promise<{ parents: ReadonlyMap<string, MessageEntity>; files: ReadonlyMap<string, FileEntity> }> {
    const ids = [...new Set(messages.flatMap(({ parentId }) => parentId ?? []))];
    const parents = ids.length > 0 ? await this.history.findVisible(userId, ids) : [];
    const known = parents.length === 0 ? files : undefined;
    return {
      parents: new Map(parents.map((parent) => [parent.id, parent])),
      files: known ?? (await this.messages.loadAttachments([...messages, ...parents])),
    };
  }

  /** Hides a message from the actor. Others still see it. @throws as `MessagesService.get` */
  async hide(actor: Actor, id: string): Promise<void> {
    const { chatId } = await this.messages.get(actor, id);
    await this.database.transaction(async () => {
      await this.history.hide(actor.id, id);
      await this.events.publish(new MessageHidden(actor.id, chatId, id));
    });
  }

  private async getSeq(actor: Actor, chatId: string, messageId: string): Promise<number> {
    const message = await this.messages.getPosition(actor, messageId);
    if (message.chatId !== chatId) throw messageNotFound(messageId);
    return message.seq;
  }
}
