import { Injectable } from '@nestjs/common';
import { settleAll } from '../../core/database/database.js';
import { type Actor, canActAs } from '../auth/index.js';
import { type UserEntity, UsersService } from '../users/index.js';
import { ChatQueriesRepository, type GroupFilter } from './chat-queries.repository.js';
import type { ChatEntity } from './chat.entity.js';
import { chatNotFound, notAMember } from './chat.errors.js';
import { ChatsRepository } from './chats.repository.js';
import type { MemberEntity } from './member.entity.js';
import { type ListedMember, type MembersQuery, MembersRepository, type MembersSummary } from './members.repository.js';

/** The members of chats, as views show them. */
export interface ChatsMembers {
  summaries: ReadonlyMap<string, MembersSummary>;
  /** All members, by chat. Empty unless requested. */
  members: ReadonlyMap<string, MemberEntity[]>;
  operatorIds: ReadonlyMap<string, string[]>;
  /** The viewer's memberships, by chat. */
  own: ReadonlyMap<string, MemberEntity>;
  /** The users that these refer to, and the creators of the chats. */
  users: ReadonlyMap<string, UserEntity>;
}

/** Selects the members to load. */
export interface ChatsMembersQuery {
  all?: boolean;
  operators?: boolean;
  /** The viewer. */
  userId?: string;
}

/** Queries groups and their members, and changes the settings of single members. */
@Injectable()
export class ChatQueries {
  constructor(
    private readonly repository: ChatQueriesRepository,
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly users: UsersService,
  ) {}

  listGroups(filter: GroupFilter): Promise<{ chat: ChatEntity; key: string | number }[]> {
    return this.repository.listGroups(filter);
  }

  /** @returns the chats in the order of the ids @throws DomainError not_found `chat.not_found` */
  async getMany(ids: readonly string[]): Promise<ChatEntity[]> {
    const found = new Map((await this.chats.findMany(ids)).map((chat) => [chat.id, chat]));
    return [...new Set(ids)].map((id) => {
      const chat = found.get(id);
      if (!chat) throw chatNotFound(id);
      return chat;
    });
  }

  /** Loads members of chats with the users that they refer to, in one round trip. */
  async loadMembers(chatIds: readonly string[], query: ChatsMembersQuery): Promise<ChatsMembers> {
    const { all, operators, userId } = query;
    const [summaries, members, operatorRows, own, users] = await settleAll([
      this.members.summaries(chatIds),
      all ? this.members.findByChats(chatIds) : [],
      operators ? this.members.operators(chatIds) : [],
      userId === undefined ? [] : this.members.find(chatIds, [userId]),
      this.members.findReferencedUsers(chatIds, query),
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

  /** A page of members with their users. @throws DomainError not_found `chat.not_found` */
  async listMembers(query: MembersQuery): Promise<ListedMember[]> {
    const [members, chat] = await settleAll([this.members.list(query), this.chats.find(query.chatId)]);
    if (!chat) throw chatNotFound(query.chatId);
    return members;
  }

  /** @returns undefined for a non-member @throws DomainError not_found `chat.not_found` */
  async findMember(chatId: string, userId: string): Promise<MemberEntity | undefined> {
    const [[member], chat] = await settleAll([this.members.find([chatId], [userId]), this.chats.find(chatId)]);
    if (!chat) throw chatNotFound(chatId);
    return member;
  }

  /** Marks the messages so far as delivered to a member. @throws as `requireMember` */
  async markDelivered(actor: Actor, chatId: string, userId: string): Promise<void> {
    await this.requireMember(actor, chatId, userId);
    await this.members.update(chatId, [userId], { deliveredAt: new Date() });
  }

  /** @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member` */
  async requireMember(
    actor: Actor,
    chatId: string,
    userId: string,
  ): Promise<{ chat: ChatEntity; member: MemberEntity }> {
    const { chat, members } = await this.requireMembers(actor, chatId, [userId]);
    return { chat, member: members[0] };
  }

  /** @throws as `requireMember` */
  async requireMembers(
    actor: Actor,
    chatId: string,
    userIds: readonly string[],
  ): Promise<{ chat: ChatEntity; members: MemberEntity[] }> {
    if (!userIds.every((userId) => canActAs(actor, userId))) throw notAMember(chatId, actor.id);
    const [chat, members] = await settleAll([this.chats.find(chatId), this.members.find([chatId], userIds)]);
    if (!chat) throw chatNotFound(chatId);
    const joined = members.filter(({ state }) => state === 'joined');
    const missing = userIds.find((id) => !joined.some(({ userId }) => userId === id));
    if (missing === undefined) return { chat, members: joined };
    await this.users.get(missing);
    throw notAMember(chatId, missing);
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
