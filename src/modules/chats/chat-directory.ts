import { Injectable } from '@nestjs/common';
import { together } from '../../core/database/database.js';
import { type Actor, mayActAs, requireOperator } from '../auth/index.js';
import { type UserEntity, UsersService } from '../users/index.js';
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
  /** All that these name, and who has opened the chats. */
  users: ReadonlyMap<string, UserEntity>;
}

/** What of their members is wanted. */
export interface ChatsMembersQuery {
  all?: boolean;
  operators?: boolean;
  /** Whose own memberships. */
  userId?: string;
}

/** How a chat is to be hidden from a member's list, or shown in it. */
export interface SetHidden {
  /** Undefined for all members, which is the operator's to do. */
  userId: string | undefined;
  hiddenState: HiddenState;
  /** Whether what was said before is over for the member, as by `resetHistory`. */
  forget?: boolean;
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

  /** What is wanted of the members of these chats, with the users that it names: one round trip, however many there are. */
  async membersOf(chatIds: readonly string[], query: ChatsMembersQuery): Promise<ChatsMembers> {
    const { all, operators, userId } = query;
    const [summaries, members, operatorRows, own, users] = await together([
      this.memberRows.summaries(chatIds),
      all ? this.memberRows.ofChats(chatIds) : [],
      operators ? this.memberRows.operators(chatIds) : [],
      userId === undefined ? [] : this.memberRows.find(chatIds, [userId]),
      this.memberRows.people(chatIds, query),
    ]);
    const operatorIds = groupBy(operatorRows, ({ chatId }) => chatId);
    return {
      summaries: new Map(summaries.map((summary) => [summary.chatId, summary])),
      members: groupBy(members, ({ chatId }) => chatId),
      operatorIds: new Map([...operatorIds].map(([chatId, rows]) => [chatId, rows.map((row) => row.userId)])),
      own: new Map(own.map((member) => [member.chatId, member])),
      users: new Map(users.map((user) => [user.id, user])),
    };
  }

  /** A page of members, with the users that they are. @throws DomainError not_found `chat.not_found` */
  async listMembers(query: MembersQuery): Promise<ListedMember[]> {
    const [members, chat] = await together([this.memberRows.list(query), this.chats.find(query.chatId)]);
    if (!chat) throw chatNotFound(query.chatId);
    return members;
  }

  /** @returns undefined for a stranger @throws DomainError not_found `chat.not_found` */
  async member(chatId: string, userId: string): Promise<MemberEntity | undefined> {
    const [[member], chat] = await together([this.memberRows.find([chatId], [userId]), this.chats.find(chatId)]);
    if (!chat) throw chatNotFound(chatId);
    return member;
  }

  /**
   * Hides a chat from a member's list, or shows it again.
   *
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member`
   */
  async setHidden(actor: Actor, chatId: string, { userId, hiddenState, forget = false }: SetHidden): Promise<void> {
    const { chat, userIds } = await this.whose(actor, chatId, userId);
    const hidden = { hiddenState, hiddenSeq: chat.lastSeq };
    const forgotten = forget ? { historyFrom: endOf(chat), readSeq: chat.lastSeq } : {};
    await this.memberRows.update(chatId, userIds, { ...hidden, ...forgotten });
  }

  /** From now on a member sees nothing of what was said before. @returns since when @throws as `setHidden` */
  async resetHistory(actor: Actor, chatId: string, userId: string | undefined): Promise<Date> {
    const { chat, userIds } = await this.whose(actor, chatId, userId);
    const historyFrom = endOf(chat);
    await this.memberRows.update(chatId, userIds, { historyFrom, readSeq: chat.lastSeq });
    return historyFrom;
  }

  /** Notes that a member has got what was said so far. @throws as `setHidden` */
  async markDelivered(actor: Actor, chatId: string, userId: string): Promise<void> {
    await this.mustBeMember(actor, chatId, userId);
    await this.memberRows.update(chatId, [userId], { deliveredAt: new Date() });
  }

  /** The one member, or all of them. @throws as `setHidden` */
  private async whose(
    actor: Actor,
    chatId: string,
    userId: string | undefined,
  ): Promise<{ chat: ChatEntity; userIds: string[] }> {
    if (userId !== undefined) return { chat: (await this.mustBeMember(actor, chatId, userId)).chat, userIds: [userId] };
    requireOperator(actor);
    const [chat, members] = await together([this.chats.find(chatId), this.memberRows.ofChats([chatId])]);
    if (!chat) throw chatNotFound(chatId);
    return { chat, userIds: members.map((member) => member.userId) };
  }

  /** @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member` */
  async mustBeMember(
    actor: Actor,
    chatId: string,
    userId: string,
  ): Promise<{ chat: ChatEntity; member: MemberEntity }> {
    const { chat, members } = await this.mustBeMembers(actor, chatId, [userId]);
    return { chat, member: members[0] };
  }

  /** @throws as `mustBeMember` */
  async mustBeMembers(
    actor: Actor,
    chatId: string,
    userIds: readonly string[],
  ): Promise<{ chat: ChatEntity; members: MemberEntity[] }> {
    if (!userIds.every((userId) => mayActAs(actor, userId))) throw notAMember(chatId, actor.id);
    const [chat, members] = await together([this.chats.find(chatId), this.memberRows.find([chatId], userIds)]);
    if (!chat) throw chatNotFound(chatId);
    const joined = members.filter(({ state }) => state === 'joined');
    const stranger = userIds.find((id) => !joined.some(({ userId }) => userId === id));
    if (stranger === undefined) return { chat, members: joined };
    await this.users.get(stranger);
    throw notAMember(chatId, stranger);
  }
}

/** Now, or the time of the newest entry: under load the log's times run ahead of the clock. */
const endOf = ({ lastAt }: ChatEntity): Date => new Date(Math.max(Date.now(), lastAt.getTime()));

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
