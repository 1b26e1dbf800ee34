import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database, settleAll } from '../../core/database/database.js';
import type { Actor } from '../auth/index.js';
import { botNotFound, BotsService } from '../bots/index.js';
import { userNotFound, UsersService } from '../users/index.js';
import type { ChatEventEntity } from './chat-event.entity.js';
import { ChatLog, newChatLogHead } from './chat-log.js';
import type { ChatEntity } from './chat.entity.js';
import { chatNotFound, chatWithOneself, notAMember, tooManyChats } from './chat.errors.js';
import { ChatsRepository, type Membership, type ReadMark, type Sender } from './chats.repository.js';
import { type MemberAddition, MemberWriter } from './member-writer.js';
import type { MemberEntity } from './member.entity.js';
import { favoritesKey, newChat } from './new-chat.js';

/** Personal chats that one user may have with one bot: the limit of the Client API. */
export const MAX_PERSONAL_CHATS = 10;

/** Personal and favorites chats, and look-ups of chats and their members. */
@Injectable()
export class ChatsService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly users: UsersService,
    private readonly bots: BotsService,
    private readonly writer: MemberWriter,
    private readonly chatLog: ChatLog,
    private readonly database: Database,
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
      return this.insertPersonal(chat, [actor.id, botId]);
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
      await this.users.get(otherId);
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
      return { chat: await this.insertPersonal(chat, [otherId, actor.id]), isNew: true };
    });
  }

  /** Gets or creates the actor's favorites chat. Of two concurrent calls, the later one returns the chat of the earlier one. */
  async getOrCreateFavorites(actor: Actor): Promise<ChatEntity> {
    const distinctKey = favoritesKey(actor.id);
    const known = await this.chats.findDistinct(distinctKey);
    if (known) return known;
    return this.database.transaction(async () => {
      await this.chats.lockUser(actor.id);
      const [concurrent, now] = await settleAll([this.chats.findDistinct(distinctKey), this.chatLog.now()]);
      if (concurrent) return concurrent;
      const fields = { distinctKey, createdById: actor.id };
      const chat = newChat({ id: newId(), kind: 'favorites', ...fields }, new Date(now));
      const head = newChatLogHead(chat);
      const owner = { userId: actor.id, state: 'joined', inviterId: null, role: 'operator', isInitial: true } as const;
      await settleAll([
        this.chats.insert(chat),
        this.writer.addMembers([{ head, additions: [owner], keepsDistinct: true }], actor.id),
        this.chatLog.advance([head]),
      ]);
      return chat;
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

  /** The members join without log entries. */
  private async insertPersonal(chat: ChatEntity, userIds: readonly string[]): Promise<ChatEntity> {
    const additions = userIds.map((userId): MemberAddition => ({
      userId,
      state: 'joined',
      inviterId: null,
      isSilent: true,
    }));
    await settleAll([
      this.chats.insert(chat),
      this.writer.addMembers([{ head: newChatLogHead(chat), additions, keepsDistinct: true }], chat.createdById),
    ]);
    return chat;
  }
}
