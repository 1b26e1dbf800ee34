import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { type Actor, requireOperator } from '../auth/index.js';
import { BotsService, INVITATION_PREFERENCE } from '../bots/index.js';
import { UsersService } from '../users/index.js';
import { ChatEntity } from './chat.entity.js';
import { chatExists, chatNotFound, notAMember, tooManyChats, unknownMember } from './chat.errors.js';
import { MembersJoined } from './chat.events.js';
import { ChatsRepository, type Membership, type ReadMark } from './chats.repository.js';
import { MemberEntity, type MemberState } from './member.entity.js';

/** Personal chats that one user may have with one bot: the limit of the Client API. */
export const MAX_PERSONAL_CHATS = 10;

export interface CreateGroup {
  /** Kept when given, else made. */
  id?: string;
  title: string;
  coverUrl?: string;
  customType?: string;
  data?: string;
  metadata?: Record<string, string>;
  isDistinct?: boolean;
  isPublic?: boolean;
  isSuper?: boolean;
  isEphemeral?: boolean;
  accessCode?: string;
  memberIds: readonly string[];
  operatorIds?: readonly string[];
  inviterId?: string;
  /** States asked for by the caller, by user id. A bot that wants to be asked is invited all the same. */
  memberStates?: Readonly<Record<string, MemberState>>;
  /** Refuse unknown members instead of leaving them out. */
  strict?: boolean;
}

/** A chat and who is in it. */
export interface ChatWithMembers {
  chat: ChatEntity;
  members: MemberEntity[];
}

/** Chats and their members. What is said in them is the messages module's. */
@Injectable()
export class ChatsService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly users: UsersService,
    private readonly bots: BotsService,
    private readonly database: Database,
    private readonly events: DomainEvents,
  ) {}

  /**
   * Opens a chat between the person who asks and a bot.
   *
   * @throws DomainError not_found `bot.not_found`; invalid `chat.too_many` beyond 10 with the same bot
   */
  async createPersonal(actor: Actor, botId: string): Promise<ChatEntity> {
    await this.bots.get(botId);
    return this.database.transaction(async () => {
      await this.users.get(actor.id);
      await this.chats.lockUser(actor.id);
      if ((await this.chats.countPersonal(actor.id, botId)) >= MAX_PERSONAL_CHATS)
        throw tooManyChats(MAX_PERSONAL_CHATS);
      const chat = newChat({ id: newId(), kind: 'personal', userId: actor.id, botId, createdById: actor.id });
      await this.chats.insert(chat);
      await this.join(chat, [newMember(chat, actor.id), newMember(chat, botId)]);
      return chat;
    });
  }

  /** The chats of a user and a bot, oldest first. @throws DomainError not_found `bot.not_found` */
  async listPersonal(userId: string, botId: string): Promise<ChatEntity[]> {
    await this.bots.get(botId);
    return this.chats.listPersonal(userId, botId);
  }

  /**
   * Opens a group. With `isDistinct`, a group of the same members and custom type is handed out instead of a second one.
   *
   * @throws DomainError conflict `chat.exists`; invalid `chat.unknown_member` with `strict`; not_found `user.not_found` for an
   *   inviter that does not exist
   */
  async createGroup(actor: Actor, command: CreateGroup): Promise<ChatWithMembers> {
    requireOperator(actor);
    if (command.inviterId !== undefined) await this.users.get(command.inviterId);
    const memberIds = await this.knownMembers(command);
    const distinctKey = command.isDistinct ? distinctKeyOf(memberIds, command.customType ?? '') : null;
    return this.database.transaction(async () => {
      const chat = newChat({
        id: command.id ?? newId(),
        kind: 'group',
        title: command.title,
        coverUrl: command.coverUrl ?? '',
        customType: command.customType ?? '',
        data: command.data ?? '',
        metadata: command.metadata ?? {},
        isDistinct: command.isDistinct ?? false,
        isPublic: command.isPublic ?? false,
        isSuper: command.isSuper ?? false,
        isEphemeral: command.isEphemeral ?? false,
        accessCode: command.accessCode ?? '',
        distinctKey,
        createdById: command.inviterId ?? null,
      });
      if (!(await this.chats.insert(chat))) return this.existingGroup(chat);
      await this.join(chat, await this.groupMembers(chat, memberIds, command));
      return this.getWithMembers(chat.id);
    });
  }

  find(id: string): Promise<ChatEntity | null> {
    return this.chats.find(id);
  }

  /** @throws DomainError not_found `chat.not_found` */
  async get(id: string): Promise<ChatEntity> {
    const chat = await this.chats.find(id);
    if (!chat) throw chatNotFound(id);
    return chat;
  }

  /** @throws DomainError not_found `chat.not_found` */
  async getWithMembers(id: string): Promise<ChatWithMembers> {
    return { chat: await this.get(id), members: await this.members(id) };
  }

  members(chatId: string): Promise<MemberEntity[]> {
    return this.chats.members(chatId);
  }

  /**
   * The chat, if the actor may read it: an operator always, others as joined members.
   *
   * @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member`
   */
  async getFor(actor: Actor, id: string): Promise<ChatEntity> {
    const chat = await this.get(id);
    if (actor.kind === 'operator') return chat;
    if (chat.kind === 'personal' && (chat.userId === actor.id || chat.botId === actor.id)) return chat;
    const [membership] = await this.chats.memberships([{ chatId: id, userId: actor.id }]);
    if (membership?.state !== 'joined') throw notAMember(id, actor.id);
    return chat;
  }

  /** Removes a chat with all that was said in it: the operator any, a person its own with a bot. @throws as `getFor` */
  async remove(actor: Actor, id: string): Promise<void> {
    const chat = await this.getFor(actor, id);
    if (actor.kind !== 'operator' && chat.userId !== actor.id) throw notAMember(id, actor.id);
    await this.chats.delete(id);
  }

  memberships(pairs: readonly { chatId: string; userId: string }[]): Promise<Membership[]> {
    return this.chats.memberships(pairs);
  }

  markRead(marks: readonly ReadMark[]): Promise<void> {
    return this.chats.markRead(marks);
  }

  /** Tells the chats that so many more lanes read them; negative for fewer. */
  async addLanes(chatIds: readonly string[], count: number): Promise<void> {
    if (chatIds.length > 0) await this.chats.addLanes(chatIds, count);
  }

  private async join(chat: ChatEntity, members: MemberEntity[]): Promise<void> {
    await this.chats.insertMembers(members);
    const joined = members.filter(({ state }) => state === 'joined').map(({ userId }) => userId);
    if (joined.length > 0) await this.events.publish(new MembersJoined(chat.id, joined, chat.lastSeq));
  }

  private async knownMembers({ memberIds, strict }: CreateGroup): Promise<string[]> {
    const wanted = [...new Set(memberIds)];
    const known = await this.users.findMany(wanted);
    const unknown = wanted.find((id) => !known.has(id));
    if (strict && unknown !== undefined) throw unknownMember(unknown);
    return wanted.filter((id) => known.has(id));
  }

  private async groupMembers(chat: ChatEntity, memberIds: string[], command: CreateGroup): Promise<MemberEntity[]> {
    const askingBots = new Set(await this.bots.idsByInvitationPreference(memberIds, INVITATION_PREFERENCE.ask));
    const operatorIds = new Set(command.operatorIds);
    return memberIds.map((userId) => {
      const invited = askingBots.has(userId) || command.memberStates?.[userId] === 'invited';
      return newMember(chat, userId, {
        state: invited ? 'invited' : 'joined',
        role: operatorIds.has(userId) ? 'operator' : 'none',
        inviterId: command.inviterId ?? null,
      });
    });
  }

  /** An insert that was ignored means that the id is taken, or that this distinct group exists. */
  private async existingGroup(chat: ChatEntity): Promise<ChatWithMembers> {
    const existing = chat.distinctKey ? await this.chats.findDistinct(chat.distinctKey) : null;
    if (!existing) throw chatExists(chat.id);
    return { chat: existing, members: await this.members(existing.id) };
  }
}

function newChat(fields: Pick<ChatEntity, 'id' | 'kind'> & Partial<ChatEntity>): ChatEntity {
  const now = new Date();
  const defaults: Omit<ChatEntity, 'id' | 'kind'> = {
    userId: null,
    botId: null,
    title: '',
    coverUrl: '',
    customType: '',
    data: '',
    isDistinct: false,
    isPublic: false,
    isSuper: false,
    isEphemeral: false,
    isFrozen: false,
    accessCode: '',
    metadata: {},
    distinctKey: null,
    createdById: null,
    lastSeq: 0,
    lastAt: now,
    messageCount: 0,
    laneCount: 0,
    armedAt: null,
    createdAt: now,
  };
  return Object.assign(new ChatEntity(), defaults, fields);
}

function newMember(chat: ChatEntity, userId: string, fields: Partial<MemberEntity> = {}): MemberEntity {
  const state = fields.state ?? 'joined';
  return Object.assign(new MemberEntity(), {
    chatId: chat.id,
    userId,
    role: 'none',
    inviterId: null,
    ...fields,
    state,
    invitedAt: state === 'invited' ? chat.createdAt : null,
    joinedAt: state === 'joined' ? chat.createdAt : null,
  });
}

/** The same for the same set of members and the same custom type, in whatever order they are named. */
function distinctKeyOf(memberIds: readonly string[], customType: string): string {
  return createHash('sha256')
    .update(JSON.stringify([customType, [...memberIds].sort()]))
    .digest('base64url');
}
