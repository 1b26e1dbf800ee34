import { Injectable } from '@nestjs/common';
import type { Actor } from '../auth/index.js';
import { userNotFound } from '../users/index.js';
import { ChatLocker, requireRight } from './chat-locker.js';
import { roleIn } from './chat-roles.js';
import type { ChatEntity } from './chat.entity.js';
import { alreadyMember, noRight, noSuchMember, tooManyMembers, unknownRole } from './chat.errors.js';
import { ChatsRepository } from './chats.repository.js';
import { InviteesReader, requireRoomFor, stateOf } from './invitees.js';
import { MemberWriter } from './member-writer.js';
import type { MemberRole } from './member.entity.js';
import { MAX_MEMBERS } from './memberships.service.js';
import { MembersRepository } from './members.repository.js';

/** Roles that an owner or an admin can give, by their names. */
const GIVEN_ROLES: Readonly<Record<string, MemberRole>> = { admin: 'operator', user: 'none', writer: 'writer' };

/** Who comes into chats and goes, and as what, where that is for the members to decide: each by its own role. */
@Injectable()
export class MemberAdministrationService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly invitees: InviteesReader,
    private readonly writer: MemberWriter,
    private readonly locker: ChatLocker,
  ) {}

  /**
   * Puts a user into a group or a channel.
   *
   * @param showsHistory whether it sees what was said before
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member`, `chat.no_right`;
   *   invalid `chat.not_a_group`, `chat.too_many_members`; conflict `chat.already_member`
   */
  async addMember(actor: Actor, chatId: string, userId: string, showsHistory: boolean): Promise<void> {
    await this.locker.change(actor, chatId, async (chat) => {
      requireRight(chat);
      const invitees = await this.invitees.read([userId]);
      const user = invitees.users.get(userId);
      if (!user) throw userNotFound(userId);
      requireRoomFor(userId, invitees);
      const [present] = await this.members.find([chatId], [userId]);
      if (present?.state === 'joined') throw alreadyMember(chatId, userId);
      if (!present) await this.requireRoom(chat.chat);
      const arrival = { userId, state: stateOf(user, invitees), inviterId: actor.id };
      await this.writer.admit([{ head: chat.head, arrivals: [arrival] }], actor.id);
      if (!showsHistory) await this.members.update(chatId, [userId], { historyFrom: new Date(chat.head.lastAt) });
    });
  }

  /**
   * Takes a user out of a group or a channel; oneself too.
   *
   * @throws DomainError as `addMember`; not_found `chat.no_such_member`
   */
  async removeMember(actor: Actor, chatId: string, userId: string): Promise<void> {
    await this.locker.change(actor, chatId, async (chat) => {
      if (userId !== actor.id) requireRight(chat);
      const [member] = await this.members.find([chatId], [userId]);
      if (!member) throw noSuchMember(chatId, userId);
      if (userId !== actor.id && roleIn(chat.chat, member) === 'owner') throw noRight(chatId);
      await this.writer.dismiss([{ head: chat.head, gone: [member] }], actor.id);
    });
  }

  /**
   * Gives a member another role. A new owner makes the old one an admin.
   *
   * @throws DomainError as `removeMember`; invalid `chat.unknown_role`
   */
  async setRole(actor: Actor, chatId: string, userId: string, role: string): Promise<void> {
    await this.locker.change(actor, chatId, async (chat) => {
      requireRight(chat);
      const ownRole = roleIn(chat.chat, chat.member);
      const [member] = await this.members.find([chatId], [userId]);
      if (member?.state !== 'joined') throw noSuchMember(chatId, userId);
      if (roleIn(chat.chat, member) === 'owner' && (userId !== actor.id || role !== 'owner')) throw noRight(chatId);
      if (role === 'owner') {
        if (ownRole !== 'owner') throw noRight(chatId);
        if (userId === actor.id) return;
        await this.chats.setOwner(chatId, userId);
        await this.members.setRole(chatId, [userId], 'operator');
        return this.locker.note(chat, actor, { roles: { [userId]: 'owner', [actor.id]: 'operator' } });
      }
      const given = Object.hasOwn(GIVEN_ROLES, role) ? GIVEN_ROLES[role] : undefined;
      if (given === undefined || (given === 'writer' && chat.chat.kind !== 'channel')) throw unknownRole(role);
      await this.members.setRole(chatId, [userId], given);
      await this.locker.note(chat, actor, { roles: { [userId]: given } });
    });
  }

  private async requireRoom({ id, isSuper }: ChatEntity): Promise<void> {
    if (!isSuper && ((await this.members.counts([id])).get(id) ?? 0) >= MAX_MEMBERS) throw tooManyMembers(MAX_MEMBERS);
  }
}
