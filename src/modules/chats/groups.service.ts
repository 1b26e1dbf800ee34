import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database } from '../../core/database/database.js';
import { type Actor, requireOperator } from '../auth/index.js';
import { UsersService } from '../users/index.js';
import { append, ChatLog, type LogHead } from './chat-log.js';
import type { ChatEntity } from './chat.entity.js';
import {
  chatExists,
  chatNotFound,
  metadataExists,
  metadataNotFound,
  notAGroup,
  notAMember,
  unknownMember,
} from './chat.errors.js';
import { ChatsRepository } from './chats.repository.js';
import { type Arrival, MemberWriter } from './member-writer.js';
import type { HiddenState, MemberRole, MemberState } from './member.entity.js';
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
    private readonly users: UsersService,
    private readonly log: ChatLog,
    private readonly database: Database,
  ) {}

  /**
   * Opens a group. With `isDistinct`, a group of the same members and custom type is handed out instead of a second one.
   *
   * @throws DomainError conflict `chat.exists`; invalid `chat.unknown_member` with `strict`; not_found `user.not_found` for an
   *   inviter that does not exist
   */
  async create(actor: Actor, command: CreateGroup): Promise<ChatEntity> {
    requireOperator(actor);
    if (command.inviterId !== undefined) await this.users.get(command.inviterId);
    const arrivals = await this.arrivals(command);
    const distinctKey = command.isDistinct ? distinctKeyOf(arrivals, command.customType ?? '') : null;
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
      if (!(await this.chats.insert(chat))) return this.existing(chat);
      await this.fill(chat.id, arrivals);
      for (const [userId, hiddenState] of Object.entries(command.hiddenStates ?? {}))
        await this.members.update(chat.id, [userId], { hiddenState });
      return chat;
    });
  }

  /** @throws DomainError not_found `chat.not_found`; invalid `chat.not_a_group` */
  async update(actor: Actor, id: string, { operatorIds, ...given }: UpdateGroup): Promise<ChatEntity> {
    requireOperator(actor);
    return this.change(id, async (chat) => {
      const changes: Partial<ChatEntity> = Object.fromEntries(
        Object.entries(given).filter(([, value]) => value !== undefined),
      );
      if (changes.isDistinct === false) changes.distinctKey = null;
      await this.chats.update(id, changes);
      if (operatorIds) await this.setOperators(id, operatorIds);
      return Object.assign(chat, changes);
    });
  }

  /** Removes a group with all that was said in it. @throws as `update` */
  async remove(actor: Actor, id: string): Promise<void> {
    requireOperator(actor);
    await this.change(id, () => this.chats.delete(id));
  }

  /** Makes members operators, or takes that from them. @throws as `update`; forbidden `chat.not_member` */
  async setRole(actor: Actor, id: string, userIds: readonly string[], role: MemberRole): Promise<void> {
    requireOperator(actor);
    await this.change(id, async () => {
      const members = await this.members.find(id, userIds);
      const stranger = userIds.find((userId) => !members.some((member) => member.userId === userId));
      if (stranger !== undefined) throw notAMember(id, stranger);
      await this.members.update(id, userIds, { role });
    });
  }

  /** Takes the role from all operators. @throws as `update` */
  async clearOperators(actor: Actor, id: string): Promise<void> {
    requireOperator(actor);
    await this.change(id, () => this.setOperators(id, []));
  }

  /** Adds metadata. @throws as `update`; conflict `chat.metadata_exists` */
  async addMetadata(actor: Actor, id: string, items: Metadata): Promise<Metadata> {
    requireOperator(actor);
    return this.change(id, ({ metadata }) => {
      const taken = Object.keys(items).find((key) => Object.hasOwn(metadata, key));
      if (taken !== undefined) throw metadataExists(taken);
      return this.storeMetadata(id, { ...metadata, ...items });
    });
  }

  /** Changes metadata. @param upsert whether unknown items are added @throws as `update`; not_found `chat.metadata_not_found` */
  async updateMetadata(actor: Actor, id: string, items: Metadata, upsert: boolean): Promise<Metadata> {
    requireOperator(actor);
    return this.change(id, ({ metadata }) => {
      const unknown = upsert ? undefined : Object.keys(items).find((key) => !Object.hasOwn(metadata, key));
      if (unknown !== undefined) throw metadataNotFound(unknown);
      return this.storeMetadata(id, { ...metadata, ...items });
    });
  }

  /** @param key undefined for all @throws as `updateMetadata` */
  async removeMetadata(actor: Actor, id: string, key?: string): Promise<void> {
    requireOperator(actor);
    await this.change(id, ({ metadata }) => {
      if (key === undefined) return this.storeMetadata(id, {});
      if (!Object.hasOwn(metadata, key)) throw metadataNotFound(key);
      return this.storeMetadata(id, Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key)));
    });
  }

  private async storeMetadata(id: string, metadata: Metadata): Promise<Metadata> {
    await this.chats.update(id, { metadata });
    return metadata;
  }

  private async setOperators(id: string, userIds: readonly string[]): Promise<void> {
    const members = await this.members.ofChats([id]);
    const demoted = members.filter(({ role, userId }) => role === 'operator' && !userIds.includes(userId));
    await this.members.update(
      id,
      demoted.map(({ userId }) => userId),
      { role: 'none' },
    );
    await this.members.update(id, userIds, { role: 'operator' });
  }

  /** Changes a group under its lock, with an entry in its log. */
  private change<T>(id: string, work: (chat: ChatEntity) => Promise<T>): Promise<T> {
    return this.database.transaction(async () => {
      const head = (await this.log.lock([id])).get(id);
      if (!head) throw chatNotFound(id);
      if (head.kind === 'personal') throw notAGroup(id);
      const result = await work((await this.chats.find(id))!);
      await this.note(head);
      return result;
    });
  }

  /** A group that has just been removed has no log any more. */
  private async note(head: LogHead): Promise<void> {
    if (!(await this.chats.exists(head.chatId))) return;
    const place = append(head, 'event');
    const { chatId } = head;
    await this.log.insertEvents([{ chatId, place, type: 'chat.changed', actorId: null, subjectId: null }]);
    await this.log.advance([head]);
  }

  private async fill(chatId: string, arrivals: readonly Arrival[]): Promise<void> {
    const head = (await this.log.lock([chatId])).get(chatId)!;
    await this.writer.admit(head, arrivals, null);
    if (head.lastSeq > 0) await this.log.advance([head]);
  }

  /** Whoever opens a group knows whom it puts in, so only the bots are told. */
  private async arrivals(command: CreateGroup): Promise<Arrival[]> {
    const { memberIds, operatorIds, inviterId = null, memberStates, strict } = command;
    const wanted = [...new Set(memberIds)];
    const known = await this.users.findMany(wanted);
    const unknown = wanted.find((id) => !known.has(id));
    if (strict && unknown !== undefined) throw unknownMember(unknown);
    const users = wanted.flatMap((id) => known.get(id) ?? []);
    const states = await this.writer.statesOf(users, memberStates);
    return users.map(({ id, kind }) => ({
      userId: id,
      state: states.get(id)!,
      inviterId,
      role: operatorIds?.includes(id) ? 'operator' : 'none',
      silent: kind === 'person',
    }));
  }

  /** An insert that was ignored means that the id is taken, or that this distinct group exists. */
  private async existing(chat: ChatEntity): Promise<ChatEntity> {
    const existing = chat.distinctKey ? await this.chats.findDistinct(chat.distinctKey) : null;
    if (!existing) throw chatExists(chat.id);
    return existing;
  }
}

/** The same for the same set of members and the same custom type, in whatever order they are named. */
function distinctKeyOf(arrivals: readonly Arrival[], customType: string): string {
  const memberIds = arrivals.map(({ userId }) => userId).sort();
  return createHash('sha256')
    .update(JSON.stringify([customType, memberIds]))
    .digest('base64url');
}
