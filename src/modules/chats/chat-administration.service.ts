import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database } from '../../core/database/database.js';
import type { Actor } from '../auth/index.js';
import { userNotFound } from '../users/index.js';
import type { ChatEventDetails } from './chat-event.entity.js';
import { append, ChatLog, type LogHead, newHead } from './chat-log.js';
import { mayRun, roleIn } from './chat-roles.js';
import type { ChatEntity } from './chat.entity.js';
import {
  alreadyMember,
  chatNotFound,
  noRight,
  noSuchMember,
  notAGroup,
  tooManyMembers,
  unknownRole,
} from './chat.errors.js';
import { ChatsRepository } from './chats.repository.js';
import { MemberChatsService, type MembersView } from './member-chats.service.js';
import { InviteesReader, requireRoomFor, stateOf } from './invitees.js';
import { MemberWriter } from './member-writer.js';
import type { MemberRole } from './member.entity.js';
import { MAX_MEMBERS } from './memberships.service.js';
import { MembersRepository } from './members.repository.js';
import { newChat } from './new-chat.js';

export interface NewMemberChat {
  kind: 'group' | 'channel';
  title: string;
}

/** A chat under its lock, seen by the member that acts. */
interface LockedChat extends MembersView {
  head: LogHead;
}

/** Roles that an owner or an admin can give, by their names. */
const GIVEN_ROLES: Readonly<Record<string, MemberRole>> = { admin: 'operator', user: 'none', writer: 'writer' };

/** Chats run by their own members: who may do what is decided by the member's role in the chat. */
@Injectable()
export class ChatAdministrationService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly views: MemberChatsService,
    private readonly invitees: InviteesReader,
    private readonly writer: MemberWriter,
    private readonly log: ChatLog,
    private readonly database: Database,
  ) {}

  /** Opens a group or a channel, which the actor owns. */
  create(actor: Actor, { kind, title }: NewMemberChat): Promise<ChatEntity> {
    return this.open(newChat({ id: newId(), kind, title, isSuper: kind === 'channel', createdById: actor.id }), actor);
  }

  /** The chat that the actor has with itself; made when it is asked for first. */
  async favorites(actor: Actor): Promise<ChatEntity> {
    const distinctKey = `favorites:${actor.id}`;
    const existing = await this.chats.findDistinct(distinctKey);
    return (
      existing ?? this.open(newChat({ id: newId(), kind: 'favorites', distinctKey, createdById: actor.id }), actor)
    );
  }

  /**
   * Puts a user into a group or a channel.
   *
   * @param showsHistory whether it sees what was said before
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member`, `chat.no_right`;
   *   invalid `chat.not_a_group`, `chat.too_many_members`; conflict `chat.already_member`
   */
  async addMember(actor: Actor, chatId: string, userId: string, showsHistory: boolean): Promise<void> {
    const invitees = await this.invitees.read([userId]);
    const user = invitees.users.get(userId);
    if (!user) throw userNotFound(userId);
    requireRoomFor(userId, invitees);
    await this.change(actor, chatId, async (chat) => {
      this.requireRight(chat);
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
    await this.change(actor, chatId, async (chat) => {
      if (userId !== actor.id) this.requireRight(chat);
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
    await this.change(actor, chatId, async (chat) => {
      this.requireRight(chat);
      const ownRole = roleIn(chat.chat, chat.member);
      const [member] = await this.members.find([chatId], [userId]);
      if (member?.state !== 'joined') throw noSuchMember(chatId, userId);
      if (roleIn(chat.chat, member) === 'owner' && (userId !== actor.id || role !== 'owner')) throw noRight(chatId);
      if (role === 'owner') {
        if (ownRole !== 'owner') throw noRight(chatId);
        if (userId === actor.id) return;
        await this.chats.setOwner(chatId, userId);
        await this.members.setRole(chatId, [userId], 'operator');
        return this.note(chat, actor, { roles: { [userId]: 'owner', [actor.id]: 'operator' } });
      }
      const given = Object.hasOwn(GIVEN_ROLES, role) ? GIVEN_ROLES[role] : undefined;
      if (given === undefined || (given === 'writer' && chat.chat.kind !== 'channel')) throw unknownRole(role);
      await this.members.setRole(chatId, [userId], given);
      await this.note(chat, actor, { roles: { [userId]: given } });
    });
  }

  /** Changes the title or the picture. @returns when @throws DomainError as `addMember` */
  async rename(actor: Actor, chatId: string, changes: { title?: string; coverUrl?: string }): Promise<Date> {
    return this.change(actor, chatId, async (chat) => {
      this.requireRight(chat);
      await this.chats.update(Object.assign(chat.chat, changes));
      await this.note(chat, actor, changes);
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
      const { chat, member } = await this.lock(actor, chatId);
      const role = roleIn(chat, member);
      if (chat.kind !== 'personal' && role !== 'owner' && role !== 'favorites_owner') throw noRight(chatId);
      await this.writer.announceRemoval(chatId);
      await this.chats.delete(chatId);
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
      await this.chats.insert(chat);
      const head = newHead(chat);
      const founder = { userId: actor.id, state: 'joined', inviterId: null, role: 'operator', founding: true } as const;
      await this.writer.admit([{ head, arrivals: [founder], areKnown: true }], actor.id);
      await this.log.advance([head]);
      return chat;
    });
  }

  /** Only groups and channels change. */
  private change<T>(actor: Actor, chatId: string, work: (chat: LockedChat) => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      const locked = await this.lock(actor, chatId);
      if (locked.chat.kind !== 'group' && locked.chat.kind !== 'channel') throw notAGroup(chatId);
      const before = locked.head.lastSeq;
      const result = await work(locked);
      if (locked.head.lastSeq > before) await this.log.advance([locked.head]);
      return result;
    });
  }

  private async lock(actor: Actor, chatId: string): Promise<LockedChat> {
    const head = (await this.log.lock([chatId])).get(chatId);
    if (!head) throw chatNotFound(chatId);
    return { ...(await this.views.get(actor, chatId)), head };
  }

  private async note({ head, chat }: LockedChat, actor: Actor, details: ChatEventDetails): Promise<void> {
    const place = append(head, 'event');
    const event = {
      chatId: chat.id,
      place,
      type: 'chat.changed',
      actorId: actor.id,
      subjectId: null,
      details,
    } as const;
    await this.log.insertEvents([event]);
  }

  private requireRight({ chat, member }: MembersView): void {
    if (!mayRun(roleIn(chat, member))) throw noRight(chat.id);
  }

  private async requireRoom({ id, isSuper }: ChatEntity): Promise<void> {
    if (!isSuper && ((await this.members.counts([id])).get(id) ?? 0) >= MAX_MEMBERS) throw tooManyMembers(MAX_MEMBERS);
  }
}
