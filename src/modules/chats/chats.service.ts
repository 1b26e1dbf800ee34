import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import type { Actor } from '../auth/index.js';
import { botNotFound, BotsService } from '../bots/index.js';
import { userNotFound, UsersService } from '../users/index.js';
import { ChatRemover } from './chat-remover.js';
import type { ChatEventEntity } from './chat-event.entity.js';
import type { ChatEntity } from './chat.entity.js';
import { chatNotFound, chatWithOneself, notAMember, tooManyChats } from './chat.errors.js';
import { MembersJoined } from './chat.events.js';
import { ChatsRepository, type Membership, type ReadMark, type Sender } from './chats.repository.js';
import { MemberEntity } from './member.entity.js';
import { newChat } from './new-chat.js';

/** Personal chats that one user may have with one bot: the limit of the Client API. */
export const MAX_PERSONAL_CHATS = 10;

/** Personal chats, and look-ups of chats and their members. */
@Injectable()
export class ChatsService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly users: UsersService,
    private readonly bots: BotsService,
    private readonly database: Database,
    private readonly events: DomainEvents,
    private readonly remover: ChatRemover,
  ) {}

  /**
   * Creates a chat of the actor and a bot.
   *
   * @throws DomainError not_found `bot.not_found`; invalid `chat.too_many` for more than 10 with the same bot
   */
  async createPersonal(actor: Actor, botId: string): Promise<ChatEntity> {
    await this.bots.get(botId);
    return this.database.transaction(async () => {
      await this.users.get(actor.id);
      await this.chats.lockUser(actor.id);
      if ((await this.chats.countPersonal(actor.id, botId)) >= MAX_PERSONAL_CHATS)
        throw tooManyChats(MAX_PERSONAL_CHATS);
      const chat = newChat({ id: newId(), kind: 'personal', userId: actor.id, botId, createdById: actor.id });
      if (!(await this.chats.lockUsersForShare([actor.id, botId]))) throw botNotFound(botId);
      await this.chats.insert(chat);
      await this.join(chat, [newMember(chat, actor.id, false), newMember(chat, botId, true)]);
      return chat;
    });
  }

  /**
   * Gets the oldest personal chat of a bot and another user, or creates one.
   *
   * @throws DomainError not_found `user.not_found`; invalid `chat.with_oneself`
   */
  async getOrCreatePersonal(actor: Actor, otherId: string): Promise<{ chat: ChatEntity; isNew: boolean }> {
    if (otherId === actor.id) throw chatWithOneself();
    return this.database.transaction(async () => {
      const other = await this.users.get(otherId);
      // Calls of both sides serialize on the same row: the person's, if one of them is a person.
      await this.chats.lockUser(otherId);
      const known = [
        ...(await this.chats.listPersonal(otherId, actor.id)),
        ...(await this.chats.listPersonal(actor.id, otherId)),
      ];
      if (known.length > 0) return { chat: known[0], isNew: false };
      const fields = { userId: otherId, botId: actor.id, createdById: actor.id };
      const chat = newChat({ id: newId(), kind: 'personal', ...fields });
      if (!(await this.chats.lockUsersForShare([otherId, actor.id]))) throw userNotFound(otherId);
      await this.chats.insert(chat);
      await this.join(chat, [
        newMember(chat, otherId, other.kind === 'bot'),
        newMember(chat, actor.id, actor.kind === 'bot'),
      ]);
      return { chat, isNew: true };
    });
  }

  /** The chats of a user and a bot, oldest first. @throws DomainError not_found `bot.not_found` */
  async listPersonal(userId: string, botId: string): Promise<ChatEntity[]> {
    await this.bots.get(botId);
    return this.chats.listPersonal(userId, botId);
  }

  find(id: string): Promise<ChatEntity | undefined> {
    return this.chats.find(id);
  }

  /** @returns the existing chats by id */
  async findMany(ids: Iterable<string>): Promise<Map<string, ChatEntity>> {
    return new Map((await this.chats.findMany([...new Set(ids)])).map((chat) => [chat.id, chat]));
  }

  /** @throws DomainError not_found `chat.not_found` */
  async get(id: string): Promise<ChatEntity> {
    const chat = await this.chats.find(id);
    if (!chat) throw chatNotFound(id);
    return chat;
  }

  members(chatId: string): Promise<MemberEntity[]> {
    return this.chats.members(chatId);
  }

  /**
   * Gets a chat that the actor may read: a service reads all chats, others those that they have joined.
   *
   * @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member`
   */
  async getFor(actor: Actor, id: string): Promise<ChatEntity> {
    const chat = await this.get(id);
    if (actor.kind === 'service') return chat;
    if (chat.kind === 'personal' && (chat.userId === actor.id || chat.botId === actor.id)) return chat;
    if (!(await this.chats.hasJoined(id, actor.id))) throw notAMember(id, actor.id);
    return chat;
  }

  /** Removes a chat with its log. A service may remove any chat, a person only the own personal chats. @throws as `getFor` */
  async remove(actor: Actor, id: string): Promise<void> {
    const chat = await this.getFor(actor, id);
    if (actor.kind !== 'service' && chat.userId !== actor.id) throw notAMember(id, actor.id);
    await this.database.transaction(async () => {
      if ((await this.remover.remove([id])) === 0) throw chatNotFound(id);
    });
  }

  memberships(pairs: readonly { chatId: string; userId: string }[]): Promise<Membership[]> {
    return this.chats.memberships(pairs);
  }

  /** The next log entry after a position that starts or ends a membership of a user. */
  nextMembershipEvent(
    chatId: string,
    userId: string,
    afterSeq: number,
  ): Promise<Pick<ChatEventEntity, 'seq' | 'type'> | undefined> {
    return this.chats.nextMembershipEvent(chatId, userId, afterSeq);
  }

  findSenders(pairs: readonly { chatId: string; userId: string }[]): Promise<Sender[]> {
    return this.chats.findSenders(pairs);
  }

  markRead(marks: readonly ReadMark[]): Promise<void> {
    return this.chats.markRead(marks);
  }

  private async join(chat: ChatEntity, members: MemberEntity[]): Promise<void> {
    await this.chats.insertMembers(members);
    const joined = members.filter(({ state }) => state === 'joined').map(({ userId }) => userId);
    if (joined.length > 0) await this.events.publish(new MembersJoined(chat.id, joined, chat.lastSeq));
  }
}

function newMember(chat: ChatEntity, userId: string, isBot: boolean): MemberEntity {
  return Object.assign(new MemberEntity(), {
    chatId: chat.id,
    userId,
    state: 'joined',
    isBot,
    role: 'none',
    inviterId: null,
    invitedAt: null,
    joinedAt: chat.createdAt,
  });
}
