import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database, OvertakenError, together } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { type Actor, requireOperator } from '../auth/index.js';
import { userNotFound } from '../users/index.js';
import { append, ChatLog, mustBeGroup, newHead } from './chat-log.js';
import type { ChatEventDetails } from './chat-event.entity.js';
import type { ChatEntity } from './chat.entity.js';
import { ChatPictureChanged } from './chat.events.js';
import { chatExists, metadataExists, metadataNotFound, notAMember, unknownMember } from './chat.errors.js';
import { ChatsRepository, isChatTaken, isDistinctTaken } from './chats.repository.js';
import { type Invitees, InviteesReader, requireRoomFor, stateOf } from './invitees.js';
import { type Arrival, MemberWriter } from './member-writer.js';
import type { HiddenState, MemberEntity, MemberRole, MemberState } from './member.entity.js';
import { MembersRepository } from './members.repository.js';
import { newChat } from './new-chat.js';

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
  /** States asked for by the caller, by user id. Who wants to be asked is invited all the same. */
  memberStates?: Readonly<Record<string, MemberState>>;
  /** Who does not see the chat in its list from the beginning, by user id. */
  hiddenStates?: Readonly<Record<string, HiddenState>>;
  /** Refuse unknown members instead of leaving them out. */
  strict?: boolean;
}

/** Absent means: as it is. */
export type UpdateGroup = Partial<
  Pick<
    ChatEntity,
    'title' | 'coverUrl' | 'customType' | 'data' | 'isDistinct' | 'isPublic' | 'isEphemeral' | 'accessCode' | 'isFrozen'
  >
> & { operatorIds?: readonly string[] };

type Metadata = Record<string, string>;

/** Groups as their operator sees them: they are opened, changed and given operators. Who comes and goes is `MembershipsService`. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly writer: MemberWriter,
    private readonly invitees: InviteesReader,
    private readonly log: ChatLog,
    private readonly database: Database,
    private readonly events: DomainEvents,
  ) {}

  /**
   * Opens a group. With `isDistinct`, a group of the same members and custom type is handed out instead of a second one.
   *
   * @throws DomainError conflict `chat.exists`; invalid `chat.unknown_member` with `strict`, `chat.too_many_groups`; not_found
   *   `user.not_found` for an inviter that does not exist
   */
  create(actor: Actor, command: CreateGroup): Promise<ChatEntity> {
    requireOperator(actor);
    const wanted = [...new Set(command.memberIds)];
    const { inviterId, isDistinct = false, customType = '' } = command;
    return this.database.transaction(async () => {
      // Which is the right key unless some of them do not exist, and are left out.
      const wantedKey = isDistinct ? distinctKeyOf(wanted, customType) : null;
      const [now, invitees, found] = await together([
        this.log.now(),
        this.invitees.read(wanted, inviterId === undefined ? [] : [inviterId]),
        wantedKey === null ? undefined : this.chats.findDistinct(wantedKey),
      ]);
      if (inviterId !== undefined && !invitees.users.has(inviterId)) throw userNotFound(inviterId);
      const arrivals = toArrivals(command, wanted, invitees);
      const memberIds = arrivals.map(({ userId }) => userId);
      const distinctKey = isDistinct ? distinctKeyOf(memberIds, customType) : null;
      const existing =
        distinctKey === null || distinctKey === wantedKey ? found : await this.chats.findDistinct(distinctKey);
      if (existing) return existing;
      for (const userId of memberIds) requireRoomFor(userId, invitees);
      const chat = toChat(command, distinctKey, new Date(now));
      await this.open(chat, arrivals, command.hiddenStates ?? {});
      return chat;
    });
  }

  /** @throws DomainError not_found `chat.not_found`; invalid `chat.not_a_group` */
  async update(actor: Actor, id: string, { operatorIds, ...given }: UpdateGroup): Promise<ChatEntity> {
    requireOperator(actor);
    const details: ChatEventDetails = {};
    return this.change(
      id,
      async (chat) => {
        const changes: Partial<ChatEntity> = Object.fromEntries(
          Object.entries(given).filter(([, value]) => value !== undefined),
        );
        const { title, coverUrl } = changes;
        const hasNewPicture = coverUrl !== undefined && coverUrl !== chat.coverUrl;
        Object.assign(details, title === undefined || title === chat.title ? {} : { title });
        Object.assign(details, hasNewPicture ? { coverUrl } : {});
        Object.assign(chat, changes, changes.isDistinct === false ? { distinctKey: null } : {});
        await together([
          this.chats.update(chat),
          operatorIds ? this.members.setOperators(id, operatorIds) : undefined,
          hasNewPicture ? this.events.publish(new ChatPictureChanged(id, coverUrl)) : undefined,
        ]);
      },
      { details },
    );
  }

  /** Removes a group with all that was said in it. @throws as `update` */
  async remove(actor: Actor, id: string): Promise<void> {
    requireOperator(actor);
    await this.database.transaction(async () => {
      mustBeGroup((await this.log.lock([id])).get(id), id);
      await this.writer.announceRemoval(id);
      await this.chats.delete(id);
    });
  }

  /** Makes members operators, or takes that from them. @throws as `update`; forbidden `chat.not_member` */
  async setRole(actor: Actor, id: string, userIds: readonly string[], role: MemberRole): Promise<void> {
    requireOperator(actor);
    await this.change(
      id,
      async (_, members) => {
        const stranger = userIds.find((userId) => !members.some((member) => member.userId === userId));
        if (stranger !== undefined) throw notAMember(id, stranger);
        await this.members.setRole(id, userIds, role);
      },
      { userIds, details: { roles: Object.fromEntries(userIds.map((userId) => [userId, role])) } },
    );
  }

  /** Takes the role from all operators. @throws as `update` */
  async clearOperators(actor: Actor, id: string): Promise<void> {
    requireOperator(actor);
    await this.change(id, () => this.members.setOperators(id, []));
  }

  /** Adds metadata. @throws as `update`; conflict `chat.metadata_exists` */
  async addMetadata(actor: Actor, id: string, items: Metadata): Promise<void> {
    requireOperator(actor);
    await this.changeMetadata(id, (metadata) => {
      const taken = Object.keys(items).find((key) => Object.hasOwn(metadata, key));
      if (taken !== undefined) throw metadataExists(taken);
      return { ...metadata, ...items };
    });
  }

  /** Changes metadata. @param upsert whether unknown items are added @throws as `update`; not_found `chat.metadata_not_found` */
  async updateMetadata(actor: Actor, id: string, items: Metadata, upsert: boolean): Promise<void> {
    requireOperator(actor);
    await this.changeMetadata(id, (metadata) => {
      const unknown = upsert ? undefined : Object.keys(items).find((key) => !Object.hasOwn(metadata, key));
      if (unknown !== undefined) throw metadataNotFound(unknown);
      return { ...metadata, ...items };
    });
  }

  /** @param key undefined for all @throws as `updateMetadata` */
  async removeMetadata(actor: Actor, id: string, key?: string): Promise<void> {
    requireOperator(actor);
    await this.changeMetadata(id, (metadata) => {
      if (key === undefined) return {};
      if (!Object.hasOwn(metadata, key)) throw metadataNotFound(key);
      return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key));
    });
  }

  private changeMetadata(id: string, work: (metadata: Metadata) => Metadata): Promise<ChatEntity> {
    return this.change(id, (chat) => {
      chat.metadata = work(chat.metadata);
      return this.chats.update(chat);
    });
  }

  /** Writes a new group with its first members. */
  private async open(
    chat: ChatEntity,
    arrivals: readonly Arrival[],
    hiddenStates: Readonly<Record<string, HiddenState>>,
  ): Promise<void> {
    const head = newHead(chat);
    const inserted = this.chats.insert(chat).catch((error: unknown) => {
      if (!isChatTaken(error)) throw error;
      throw isDistinctTaken(error)
        ? new OvertakenError('Another group of these members was opened.')
        : chatExists(chat.id);
    });
    const admitted = this.writer.admit([{ head, arrivals, areKnown: true }], null);
    await together([
      inserted,
      admitted,
      Object.keys(hiddenStates).length > 0 ? this.members.setHidden(chat.id, hiddenStates, head.lastSeq) : undefined,
      head.lastSeq > 0 ? this.log.advance([head]) : undefined,
      chat.coverUrl === '' ? undefined : this.events.publish(new ChatPictureChanged(chat.id, chat.coverUrl)),
    ]);
  }

  /** Changes a group under its lock, with an entry in its log. @param userIds those members that `work` asks for @param details what the entry says, once `work` has begun */
  private change(
    id: string,
    work: (chat: ChatEntity, members: readonly MemberEntity[]) => Promise<void>,
    { userIds = [], details }: { userIds?: readonly string[]; details?: ChatEventDetails } = {},
  ): Promise<ChatEntity> {
    return this.database.transaction(async () => {
      const [heads, chats, members] = await together([
        this.log.lock([id]),
        this.chats.findMany([id]),
        userIds.length > 0 ? this.members.find([id], userIds) : [],
      ]);
      const head = mustBeGroup(heads.get(id), id);
      const [chat] = chats;
      const place = append(head, 'event');
      await together([
        work(chat, members),
        this.log.insertEvents([{ chatId: id, place, type: 'chat.changed', actorId: null, subjectId: null, details }]),
        this.log.advance([head]),
      ]);
      return chat;
    });
  }
}

const toChat = (command: CreateGroup, distinctKey: string | null, now: Date): ChatEntity =>
  newChat(
    {
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
    },
    now,
  );

/** Whoever opens a group knows whom it puts in, so only the bots are told. @throws DomainError `chat.unknown_member` if strict */
function toArrivals(
  { operatorIds, inviterId, memberStates, strict }: CreateGroup,
  wanted: readonly string[],
  invitees: Invitees,
): Arrival[] {
  const unknown = wanted.find((id) => !invitees.users.has(id));
  if (strict && unknown !== undefined) throw unknownMember(unknown);
  const users = wanted.flatMap((id) => invitees.users.get(id) ?? []);
  return users.map((user) => ({
    userId: user.id,
    state: stateOf(user, invitees, memberStates),
    inviterId: inviterId ?? null,
    role: operatorIds?.includes(user.id) ? ('operator' as const) : ('none' as const),
    silent: user.kind === 'person',
    founding: true,
  }));
}

/** The same for the same set of members and the same custom type, in whatever order they are named. */
function distinctKeyOf(memberIds: readonly string[], customType: string): string {
  return createHash('sha256')
    .update(JSON.stringify([customType, [...memberIds].sort()]))
    .digest('base64url');
}
