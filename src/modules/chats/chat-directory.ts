import { Injectable } from '@nestjs/common';
import { type Actor, mayActAs } from '../auth/index.js';
import { UsersService } from '../users/index.js';
import { ChatDirectoryRepository, type GroupFilter } from './chat-directory.repository.js';
import type { ChatEntity } from './chat.entity.js';
import { chatNotFound, notAMember } from './chat.errors.js';
import { ChatsRepository } from './chats.repository.js';
import type { HiddenState, MemberEntity } from './member.entity.js';
import { type ListedMember, type MembersQuery, MembersRepository, type MembersSummary } from './members.repository.js';

/** What chats show of their members. */
export interface ChatsMembers {
  summaries: ReadonlyMap<string, MembersSummary>;
  /** Of all members, or of the operators only, by chat. */
  members: ReadonlyMap<string, MemberEntity[]>;
  operatorIds: ReadonlyMap<string, string[]>;
  /** The one user's memberships, by chat. */
  own: ReadonlyMap<string, MemberEntity>;
}

/** What of their members is wanted. */
export interface ChatsMembersQuery {
  all?: boolean;
  operators?: boolean;
  /** Whose own memberships. */
  userId?: string;
}

/** Looks up groups and their members, and what single members have set for themselves. */
@Injectable()
export class ChatDirectory {
  constructor(
    private readonly directory: ChatDirectoryRepository,
    private readonly chats: ChatsRepository,
    private readonly memberRows: MembersRepository,
    private readonly users: UsersService,
  ) {}

  groups(filter: GroupFilter): Promise<{ chat: ChatEntity; key: string | number }[]> {
    return this.directory.groups(filter);
  }

  /** Chats by id, in this order. @throws DomainError not_found `chat.not_found` */
  async findAll(ids: readonly string[]): Promise<ChatEntity[]> {
    const found = new Map((await this.chats.findMany(ids)).map((chat) => [chat.id, chat]));
    return [...new Set(ids)].map((id) => {
      const chat = found.get(id);
      if (!chat) throw chatNotFound(id);
      return chat;
    });
  }

  /** What is wanted of the members of these chats, one query for each kind of thing. */
  async membersOf(chatIds: readonly string[], { all, operators, userId }: ChatsMembersQuery): Promise<ChatsMembers> {
    const [summaries, members, operatorRows, own] = await Promise.all([
      this.memberRows.summaries(chatIds),
      all ? this.memberRows.ofChats(chatIds) : [],
      operators ? this.memberRows.operators(chatIds) : [],
      userId === undefined ? [] : this.memberRows.findOfUser(userId, chatIds),
    ]);
    const operatorIds = groupBy(operatorRows, ({ chatId }) => chatId);
    return {
      summaries: new Map(summaries.map((summary) => [summary.chatId, summary])),
      members: groupBy(members, ({ chatId }) => chatId),
      operatorIds: new Map([...operatorIds].map(([chatId, rows]) => [chatId, rows.map((row) => row.userId)])),
      own: new Map(own.map((member) => [member.chatId, member])),
    };
  }

  listMembers(query: MembersQuery): Promise<{ member: MemberEntity; listed: ListedMember }[]> {
    return this.memberRows.list(query);
  }

  /** @returns undefined for a stranger */
  async member(chatId: string, userId: string): Promise<MemberEntity | undefined> {
    return (await this.memberRows.find(chatId, [userId]))[0];
  }

  /** Hides a chat from a member's list, or shows it again. @throws DomainError forbidden `chat.not_member`; not_found `user.not_found` */
  async setHidden(actor: Actor, chatId: string, userId: string, hiddenState: HiddenState): Promise<void> {
    await this.mustBeMember(actor, chatId, userId);
    const hiddenSeq = (await this.chats.find(chatId))?.lastSeq ?? 0;
    await this.memberRows.update(chatId, [userId], { hiddenState, hiddenSeq });
  }

  /** From now on a member sees nothing of what was said before. @returns since when @throws as `setHidden` */
  async resetHistory(actor: Actor, chatId: string, userId: string): Promise<Date> {
    await this.mustBeMember(actor, chatId, userId);
    const chat = await this.chats.find(chatId);
    const historyFrom = new Date();
    await this.memberRows.update(chatId, [userId], { historyFrom, readSeq: chat?.lastSeq ?? 0 });
    return historyFrom;
  }

  /** Notes that a member has got what was said so far. @throws as `setHidden` */
  async markDelivered(actor: Actor, chatId: string, userId: string): Promise<void> {
    await this.mustBeMember(actor, chatId, userId);
    await this.memberRows.update(chatId, [userId], { deliveredAt: new Date() });
  }

  /** @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member` */
  async mustBeMember(actor: Actor, chatId: string, userId: string): Promise<MemberEntity> {
    if (!mayActAs(actor, userId)) throw notAMember(chatId, actor.id);
    const member = await this.member(chatId, userId);
    if (member?.state === 'joined') return member;
    if (!(await this.chats.exists(chatId))) throw chatNotFound(chatId);
    await this.users.get(userId);
    throw notAMember(chatId, userId);
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
