import { Injectable } from '@nestjs/common';
import { settleAll } from '../../core/database/database.js';
import type { Actor } from '../auth/index.js';
import { type UserEntity, UsersService } from '../users/index.js';
import type { ChatEntity } from './chat.entity.js';
import { chatNotFound, noSuchMember, notAMember } from './chat.errors.js';
import { ChatsRepository } from './chats.repository.js';
import type { MemberEntity } from './member.entity.js';
import { MembersRepository } from './members.repository.js';

/** A chat with one of its memberships. */
export interface MemberChat {
  chat: ChatEntity;
  member: MemberEntity;
}

/** The chats of a member, of any kind, and their members. */
@Injectable()
export class MemberChatsService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly users: UsersService,
  ) {}

  /** The chats that the actor has joined, latest log entry first. */
  async list(actor: Actor, limit: number, skip: number): Promise<MemberChat[]> {
    const chats = await this.chats.listJoined(actor.id, limit, skip);
    const ids = chats.map(({ id }) => id);
    const own = new Map((await this.findJoined(ids, actor.id)).map((member) => [member.chatId, member]));
    return chats.flatMap((chat) => (own.has(chat.id) ? [{ chat, member: own.get(chat.id)! }] : []));
  }

  /** @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member` */
  async get(actor: Actor, chatId: string): Promise<MemberChat> {
    const [chat, member] = await settleAll([this.chats.find(chatId), this.members.findJoined(chatId, actor.id)]);
    if (!chat) throw chatNotFound(chatId);
    if (!member) throw notAMember(chatId, actor.id);
    return { chat, member };
  }

  /** The joined members, in the order of joining. @throws as `get` */
  async listMembers(actor: Actor, chatId: string, limit: number, skip: number): Promise<MemberChat[]> {
    const { chat } = await this.get(actor, chatId);
    return (await this.members.listJoined(chatId, limit, skip)).map((member) => ({ chat, member }));
  }

  /** @throws as `get`; not_found `user.not_found`, `chat.no_such_member` */
  async getMember(actor: Actor, chatId: string, userId: string): Promise<MemberChat> {
    const { chat } = await this.get(actor, chatId);
    const member = await this.members.findJoined(chatId, userId);
    if (member) return { chat, member };
    await this.users.get(userId);
    throw noSuchMember(chatId, userId);
  }

  /** @throws as `get` */
  async hasMember(actor: Actor, chatId: string, userId: string): Promise<boolean> {
    await this.get(actor, chatId);
    return (await this.members.findJoined(chatId, userId)) !== undefined;
  }

  /** A chat with its title for a member. @throws DomainError not_found `chat.not_found` */
  async getWithTitle(userId: string, chatId: string): Promise<{ chat: ChatEntity; title: string }> {
    const chat = await this.chats.find(chatId);
    if (!chat) throw chatNotFound(chatId);
    return { chat, title: await this.getTitle(userId, chat) };
  }

  /** The title of a chat for a member: of a personal chat the nickname of the other user. @param known users already loaded */
  async getTitle(userId: string, chat: ChatEntity, known?: ReadonlyMap<string, UserEntity>): Promise<string> {
    if (chat.kind !== 'personal') return chat.title;
    const partner = known?.get(partnerIn(chat, userId) ?? '');
    return partner?.nickname ?? (await this.partnerNicknames(userId, [chat])).get(chat.id) ?? '';
  }

  /** The titles of personal chats for a member, by chat id: the nicknames of the other users. */
  async partnerNicknames(userId: string, chats: readonly ChatEntity[]): Promise<Map<string, string>> {
    const others = new Map(
      chats.filter(({ kind }) => kind === 'personal').map((chat) => [chat.id, partnerIn(chat, userId)]),
    );
    const users = await this.users.findMany([...others.values()].flatMap((id) => id ?? []));
    return new Map([...others].map(([chatId, id]) => [chatId, users.get(id ?? '')?.nickname ?? '']));
  }

  private async findJoined(chatIds: readonly string[], userId: string): Promise<MemberEntity[]> {
    return (await this.members.find(chatIds, [userId])).filter(({ state }) => state === 'joined');
  }
}

/** The other user of a personal chat. */
const partnerIn = (chat: ChatEntity, userId: string): string | null =>
  chat.userId === userId ? chat.botId : chat.userId;
