import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database, settleAll } from '../../core/database/database.js';
import type { Actor } from '../auth/index.js';
import { ChatLocks, requireManager } from './chat-locks.js';
import { ChatLog, newChatLogHead } from './chat-log.js';
import { roleOf } from './chat-roles.js';
import type { ChatEntity } from './chat.entity.js';
import { noRight } from './chat.errors.js';
import { ChatsRepository } from './chats.repository.js';
import { requireGroupCapacity } from './invitees.js';
import { MemberWriter } from './member-writer.js';
import { MembersRepository } from './members.repository.js';
import { favoritesKey, newChat } from './new-chat.js';

export interface NewMemberChat {
  kind: 'group' | 'channel';
  title: string;
}

/** Chats that members manage themselves, authorized by their role in the chat. */
@Injectable()
export class ChatAdministrationService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly writer: MemberWriter,
    private readonly chatLog: ChatLog,
    private readonly database: Database,
    private readonly locks: ChatLocks,
  ) {}

  /** Creates a group or a channel with the actor as its owner. @throws DomainError invalid `chat.too_many_groups` */
  create(actor: Actor, { kind, title }: NewMemberChat): Promise<ChatEntity> {
    return this.insert(
      newChat({ id: newId(), kind, title, isSuper: kind === 'channel', createdById: actor.id }),
      actor,
    );
  }

  /** Gets or creates the actor's favorites chat. */
  async favorites(actor: Actor): Promise<ChatEntity> {
    const distinctKey = favoritesKey(actor.id);
    const existing = await this.chats.findDistinct(distinctKey);
    return (
      existing ?? this.insert(newChat({ id: newId(), kind: 'favorites', distinctKey, createdById: actor.id }), actor)
    );
  }

  /** Changes the title or the image. @returns the time of the change @throws DomainError as `addMember` */
  async rename(actor: Actor, chatId: string, changes: { title?: string; coverUrl?: string }): Promise<Date> {
    return this.locks.change(actor, chatId, async (chat) => {
      requireManager(chat);
      await this.chats.update(Object.assign(chat.chat, changes));
      await this.locks.recordChange(chat, actor, changes);
      if (changes.coverUrl !== undefined) await this.writer.publishImageChanged(chatId, changes.coverUrl);
      return new Date(chat.head.lastAt);
    });
  }

  /**
   * Removes a chat with its log. Requires the owner of a group or a channel, or either user of a personal chat.
   *
   * @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member`, `chat.no_right`
   */
  async remove(actor: Actor, chatId: string): Promise<void> {
    await this.database.transaction(async () => {
      const { chat, member } = await this.locks.lock(actor, chatId);
      const role = roleOf(chat, member);
      if (chat.kind !== 'personal' && role !== 'owner' && role !== 'favorites_owner') throw noRight(chatId);
      await this.writer.removeChats([chatId]);
    });
  }

  /** Of two concurrent calls for a favorites chat, the later one returns the chat of the earlier one. */
  private insert(chat: ChatEntity, actor: Actor): Promise<ChatEntity> {
    return this.database.transaction(async () => {
      if (chat.distinctKey !== null) {
        await this.chats.lockUser(actor.id);
        const existing = await this.chats.findDistinct(chat.distinctKey);
        if (existing) return existing;
      }
      const [groupCounts, now] = await settleAll([
        chat.kind === 'group' ? this.members.countGroupsByUser([actor.id]) : new Map<string, number>(),
        this.chatLog.now(),
      ]);
      requireGroupCapacity(actor.id, { groupCounts });
      chat.lastAt = new Date(now);
      const head = newChatLogHead(chat);
      const owner = { userId: actor.id, state: 'joined', inviterId: null, role: 'operator', isInitial: true } as const;
      await settleAll([
        this.chats.insert(chat),
        this.writer.addMembers([{ head, additions: [owner], keepsDistinct: true }], actor.id),
      ]);
      await this.chatLog.advance([head]);
      return chat;
    });
  }
}
