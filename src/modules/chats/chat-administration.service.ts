import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database, together } from '../../core/database/database.js';
import type { Actor } from '../auth/index.js';
import { ChatLocker, requireRight } from './chat-locker.js';
import { ChatLog, newHead } from './chat-log.js';
import { roleIn } from './chat-roles.js';
import type { ChatEntity } from './chat.entity.js';
import { noRight } from './chat.errors.js';
import { ChatsRepository } from './chats.repository.js';
import { requireRoomFor } from './invitees.js';
import { MemberWriter } from './member-writer.js';
import { MembersRepository } from './members.repository.js';
import { favoritesKey, newChat } from './new-chat.js';

export interface NewMemberChat {
  kind: 'group' | 'channel';
  title: string;
}

/** Chats run by their own members: who may do what is decided by the member's role in the chat. */
@Injectable()
export class ChatAdministrationService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly writer: MemberWriter,
    private readonly log: ChatLog,
    private readonly database: Database,
    private readonly locker: ChatLocker,
  ) {}

  /** Opens a group or a channel, which the actor owns. @throws DomainError invalid `chat.too_many_groups` */
  create(actor: Actor, { kind, title }: NewMemberChat): Promise<ChatEntity> {
    return this.open(newChat({ id: newId(), kind, title, isSuper: kind === 'channel', createdById: actor.id }), actor);
  }

  /** The chat that the actor has with itself; made when it is asked for first. */
  async favorites(actor: Actor): Promise<ChatEntity> {
    const distinctKey = favoritesKey(actor.id);
    const existing = await this.chats.findDistinct(distinctKey);
    return (
      existing ?? this.open(newChat({ id: newId(), kind: 'favorites', distinctKey, createdById: actor.id }), actor)
    );
  }

  /** Changes the title or the picture. @returns when @throws DomainError as `addMember` */
  async rename(actor: Actor, chatId: string, changes: { title?: string; coverUrl?: string }): Promise<Date> {
    return this.locker.change(actor, chatId, async (chat) => {
      requireRight(chat);
      await this.chats.update(Object.assign(chat.chat, changes));
      await this.locker.note(chat, actor, changes);
      if (changes.coverUrl !== undefined) await this.writer.announcePicture(chatId, changes.coverUrl);
      return new Date(chat.head.lastAt);
    });
  }

  /**
   * Removes a chat with all that was said in it: a group or a channel its owner, a chat of two either of them.
   *
   * @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member`, `chat.no_right`
   */
  async remove(actor: Actor, chatId: string): Promise<void> {
    await this.database.transaction(async () => {
      const { chat, member } = await this.locker.lock(actor, chatId);
      const role = roleIn(chat, member);
      if (chat.kind !== 'personal' && role !== 'owner' && role !== 'favorites_owner') throw noRight(chatId);
      await this.writer.removeChats([chatId]);
    });
  }

  /** A favorites chat may be asked for twice at once; the later one is handed that of the earlier. */
  private open(chat: ChatEntity, actor: Actor): Promise<ChatEntity> {
    return this.database.transaction(async () => {
      if (chat.distinctKey !== null) {
        await this.chats.lockUser(actor.id);
        const existing = await this.chats.findDistinct(chat.distinctKey);
        if (existing) return existing;
      }
      const [groupCounts, now] = await together([
        chat.kind === 'group' ? this.members.groupCounts([actor.id]) : new Map<string, number>(),
        this.log.now(),
      ]);
      requireRoomFor(actor.id, { groupCounts });
      chat.lastAt = new Date(now);
      const head = newHead(chat);
      const founder = { userId: actor.id, state: 'joined', inviterId: null, role: 'operator', founding: true } as const;
      await together([
        this.chats.insert(chat),
        this.writer.admit([{ head, arrivals: [founder], areKnown: true }], actor.id),
      ]);
      await this.log.advance([head]);
      return chat;
    });
  }
}
