import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { type Actor, requireService } from '../auth/index.js';
import type { Metadata } from '../users/index.js';
import { nextEntry, ChatLog, requireGroup } from './chat-log.js';
import type { ChatEventDetails } from './chat-event.entity.js';
import type { ChatEntity } from './chat.entity.js';
import { distinctExists, notAMember } from './chat.errors.js';
import { ChatsRepository, isDistinctTaken } from './chats.repository.js';
import { checkProperties, type CreateGroup, distinctKeyOf, GroupFactory } from './group-factory.js';
import { MemberWriter } from './member-writer.js';
import type { MemberEntity, MemberRole } from './member.entity.js';
import { MembersRepository } from './members.repository.js';

/** Absent fields stay unchanged. */
export type UpdateGroup = Partial<
  Pick<
    ChatEntity,
    'title' | 'coverUrl' | 'customType' | 'data' | 'isDistinct' | 'isPublic' | 'isEphemeral' | 'accessCode' | 'isFrozen'
  >
> & { operatorIds?: readonly string[] };

/** Groups managed by a service: creation, changes and operators. `MembershipsService` changes the members. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly writer: MemberWriter,
    private readonly factory: GroupFactory,
    private readonly chatLog: ChatLog,
    private readonly database: Database,
  ) {}

  /**
   * Creates a group. With `isDistinct`, returns an existing group of the same members and custom type instead.
   *
   * @throws DomainError conflict `chat.exists`; invalid `chat.distinct_and_super`, `chat.private_with_code`, `chat.unknown_member`
   *   with `strict`, `chat.too_many_groups`; not_found `user.not_found` for an unknown inviter
   */
  create(actor: Actor, command: CreateGroup): Promise<ChatEntity> {
    requireService(actor);
    return this.database.transaction(() => this.factory.create(command));
  }

  /**
   * @throws DomainError not_found `chat.not_found`; invalid `chat.not_a_group`, `chat.distinct_and_super`, `chat.private_with_code`;
   *   conflict `chat.distinct_exists`
   */
  async update(actor: Actor, id: string, { operatorIds, ...given }: UpdateGroup): Promise<ChatEntity> {
    requireService(actor);
    const details: ChatEventDetails = {};
    return this.change(
      id,
      async (chat) => {
        const changes: Partial<ChatEntity> = Object.fromEntries(
          Object.entries(given).filter(([, value]) => value !== undefined),
        );
        const { title, coverUrl } = changes;
        const hasNewImage = coverUrl !== undefined && coverUrl !== chat.coverUrl;
        Object.assign(details, title === undefined || title === chat.title ? {} : { title });
        Object.assign(details, hasNewImage ? { coverUrl } : {});
        const distinctKey = await this.distinctKeyAfter(chat, changes);
        Object.assign(chat, changes, { accessCode: accessCodeAfter(chat, changes), distinctKey });
        await settleAll([
          this.chats.update(chat).catch((error: unknown) => {
            throw isDistinctTaken(error) ? distinctExists() : error;
          }),
          operatorIds ? this.members.setOperators(id, operatorIds) : undefined,
          hasNewImage ? this.writer.publishImageChanged(id, coverUrl) : undefined,
        ]);
      },
      { details },
    );
  }

  /** Removes a group with its log. @throws as `update` */
  async remove(actor: Actor, id: string): Promise<void> {
    requireService(actor);
    await this.database.transaction(async () => {
      // Sent together: if the chat is not a group, the removal is rolled back.
      const checked = this.chatLog.lock([id]).then((heads) => requireGroup(heads.get(id), id));
      await settleAll([checked, this.writer.removeChats([id])]);
    });
  }

  /** Makes members operators. @throws as `update`; forbidden `chat.not_member` */
  addOperators(actor: Actor, id: string, userIds: readonly string[]): Promise<void> {
    return this.setRole(actor, id, userIds, 'operator');
  }

  /** Removes the operator role. @param userIds undefined for all operators @throws as `addOperators` */
  async removeOperators(actor: Actor, id: string, userIds: readonly string[] | undefined): Promise<void> {
    if (userIds) return this.setRole(actor, id, userIds, 'none');
    requireService(actor);
    await this.change(id, () => this.members.setOperators(id, []));
  }

  /** @param work returns the new metadata @throws as `update`; errors of `work` */
  async changeMetadata(actor: Actor, id: string, work: (metadata: Metadata) => Metadata): Promise<void> {
    requireService(actor);
    await this.change(id, (chat) => {
      chat.metadata = work(chat.metadata);
      return this.chats.update(chat);
    });
  }

  /** The distinct key of a group after a change. @throws as `update` */
  private async distinctKeyAfter(chat: ChatEntity, changes: Partial<ChatEntity>): Promise<string | null> {
    const { isDistinct, customType } = { ...chat, ...changes };
    checkProperties({ isDistinct, isSuper: chat.isSuper });
    if (!isDistinct) return null;
    if (chat.isDistinct && customType === chat.customType) return chat.distinctKey;
    const members = await this.members.findByChats([chat.id]);
    return distinctKeyOf(
      members.map(({ userId }) => userId),
      customType,
    );
  }

  private async setRole(actor: Actor, id: string, userIds: readonly string[], role: MemberRole): Promise<void> {
    requireService(actor);
    await this.change(
      id,
      async (_, members) => {
        const missing = userIds.find((userId) => !members.some((member) => member.userId === userId));
        if (missing !== undefined) throw notAMember(id, missing);
        await this.members.setRole(id, userIds, role);
      },
      { userIds, details: { roles: Object.fromEntries(userIds.map((userId) => [userId, role])) } },
    );
  }

  /**
   * Changes a group under its lock and adds a log entry.
   *
   * @param userIds the members that `work` receives
   * @param details the details of the entry; `work` may fill them in before it returns its promise
   */
  private change(
    id: string,
    work: (chat: ChatEntity, members: readonly MemberEntity[]) => Promise<void>,
    { userIds = [], details }: { userIds?: readonly string[]; details?: ChatEventDetails } = {},
  ): Promise<ChatEntity> {
    return this.database.transaction(async () => {
      const [heads, chats, members] = await settleAll([
        this.chatLog.lock([id]),
        this.chats.findMany([id]),
        userIds.length > 0 ? this.members.find([id], userIds) : [],
      ]);
      const head = requireGroup(heads.get(id), id);
      const [chat] = chats;
      const position = nextEntry(head, 'event');
      await settleAll([
        work(chat, members),
        this.chatLog.insertEvents([
          { chatId: id, position, type: 'chat.changed', actorId: null, subjectId: null, details },
        ]),
        this.chatLog.advance([head]),
      ]);
      return chat;
    });
  }
}

/** A group that becomes private loses its access code. @throws DomainError `chat.private_with_code` if a private group gets one */
function accessCodeAfter(chat: ChatEntity, changes: Partial<ChatEntity>): string {
  const isPublic = changes.isPublic ?? chat.isPublic;
  checkProperties({ accessCode: changes.accessCode, isPublic });
  return isPublic ? (changes.accessCode ?? chat.accessCode) : '';
}
