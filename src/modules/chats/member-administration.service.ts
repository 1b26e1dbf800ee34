import { Injectable } from '@nestjs/common';
import type { Actor } from '../auth/index.js';
import { userNotFound } from '../users/index.js';
import { ChatLocks, requireManager } from './chat-locks.js';
import { roleOf } from './chat-roles.js';
import type { ChatEntity } from './chat.entity.js';
import { alreadyMember, noRight, noSuchMember, tooManyMembers, unknownRole } from './chat.errors.js';
import { ChatsRepository } from './chats.repository.js';
import { InviteesLoader, requireGroupCapacity, initialStateOf } from './invitees.js';
import { MemberWriter } from './member-writer.js';
import type { MemberRole } from './member.entity.js';
import { MAX_MEMBERS } from './memberships.service.js';
import { MembersRepository } from './members.repository.js';

/** The roles that an owner or an admin can assign, by name. */
const ASSIGNABLE_ROLES: Readonly<Record<string, MemberRole>> = { admin: 'operator', user: 'none', writer: 'writer' };

/** Membership changes by members, authorized by their role in the chat. */
@Injectable()
export class MemberAdministrationService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly invitees: InviteesLoader,
    private readonly writer: MemberWriter,
    private readonly locks: ChatLocks,
  ) {}

  /**
   * Adds a user to a group or a channel.
   *
   * @param showsHistory whether the user sees the history
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member`, `chat.no_right`;
   *   invalid `chat.not_a_group`, `chat.too_many_members`; conflict `chat.already_member`
   */
  async addMember(actor: Actor, chatId: string, userId: string, showsHistory: boolean): Promise<void> {
    await this.locks.change(actor, chatId, async (chat) => {
      requireManager(chat);
      const invitees = await this.invitees.load([userId]);
      const user = invitees.users.get(userId);
      if (!user) throw userNotFound(userId);
      requireGroupCapacity(userId, invitees);
      const [present] = await this.members.find([chatId], [userId]);
      if (present?.state === 'joined') throw alreadyMember(chatId, userId);
      if (!present) await this.requireCapacity(chat.chat);
      const addition = { userId, state: initialStateOf(user, invitees), inviterId: actor.id };
      await this.writer.addMembers([{ head: chat.head, additions: [addition] }], actor.id);
      if (!showsHistory) await this.members.update(chatId, [userId], { historyFrom: new Date(chat.head.lastAt) });
    });
  }

  /**
   * Removes a user, or the actor, from a group or a channel.
   *
   * @throws DomainError as `addMember`; not_found `chat.no_such_member`
   */
  async removeMember(actor: Actor, chatId: string, userId: string): Promise<void> {
    await this.locks.change(actor, chatId, async (chat) => {
      if (userId !== actor.id) requireManager(chat);
      const [member] = await this.members.find([chatId], [userId]);
      if (!member) throw noSuchMember(chatId, userId);
      if (userId !== actor.id && roleOf(chat.chat, member) === 'owner') throw noRight(chatId);
      await this.writer.removeMembers([{ head: chat.head, members: [member] }], actor.id);
    });
  }

  /**
   * Sets the role of a member. Setting an owner makes the previous owner an admin.
   *
   * @throws DomainError as `removeMember`; invalid `chat.unknown_role`
   */
  async setRole(actor: Actor, chatId: string, userId: string, role: string): Promise<void> {
    await this.locks.change(actor, chatId, async (chat) => {
      requireManager(chat);
      const ownRole = roleOf(chat.chat, chat.member);
      const [member] = await this.members.find([chatId], [userId]);
      if (member?.state !== 'joined') throw noSuchMember(chatId, userId);
      if (roleOf(chat.chat, member) === 'owner' && (userId !== actor.id || role !== 'owner')) throw noRight(chatId);
      if (role === 'owner') {
        if (ownRole !== 'owner') throw noRight(chatId);
        if (userId === actor.id) return;
        await this.chats.setOwner(chatId, userId);
        await this.members.setRole(chatId, [userId], 'operator');
        return this.locks.recordChange(chat, actor, { roles: { [userId]: 'owner', [actor.id]: 'operator' } });
      }
      const assigned = Object.hasOwn(ASSIGNABLE_ROLES, role) ? ASSIGNABLE_ROLES[role] : undefined;
      if (assigned === undefined || (assigned === 'writer' && chat.chat.kind !== 'channel')) throw unknownRole(role);
      await this.members.setRole(chatId, [userId], assigned);
      await this.locks.recordChange(chat, actor, { roles: { [userId]: assigned } });
    });
  }

  private async requireCapacity({ id, isSuper }: ChatEntity): Promise<void> {
    if (!isSuper && ((await this.members.countByChat([id])).get(id) ?? 0) >= MAX_MEMBERS)
      throw tooManyMembers(MAX_MEMBERS);
  }
}
