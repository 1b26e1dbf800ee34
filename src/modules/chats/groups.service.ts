import { Injectable } from '@nestjs/common';
import { Database, together } from '../../core/database/database.js';
import { type Actor, requireOperator } from '../auth/index.js';
import type { Metadata } from '../users/index.js';
import { append, ChatLog, mustBeGroup } from './chat-log.js';
import type { ChatEventDetails } from './chat-event.entity.js';
import type { ChatEntity } from './chat.entity.js';
import { distinctExists, notAMember } from './chat.errors.js';
import { ChatsRepository, isDistinctTaken } from './chats.repository.js';
import { checkProperties, type CreateGroup, distinctKeyOf, GroupOpener } from './group-opener.js';
import { MemberWriter } from './member-writer.js';
import type { MemberEntity, MemberRole } from './member.entity.js';
import { MembersRepository } from './members.repository.js';

/** Absent means: as it is. */
export type UpdateGroup = Partial<
  Pick<
    ChatEntity,
    'title' | 'coverUrl' | 'customType' | 'data' | 'isDistinct' | 'isPublic' | 'isEphemeral' | 'accessCode' | 'isFrozen'
  >
> & { operatorIds?: readonly string[] };

/** Groups as their operator sees them: they are opened, changed and given operators. Who comes and goes is `MembershipsService`. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly writer: MemberWriter,
    private readonly opener: GroupOpener,
    private readonly log: ChatLog,
    private readonly database: Database,
  ) {}

  /**
   * Opens a group. With `isDistinct`, a group of the same members and custom type is handed out instead of a second one.
   *
   * @throws DomainError conflict `chat.exists`; invalid `chat.distinct_and_super`, `chat.private_with_code`, `chat.unknown_member`
   *   with `strict`, `chat.too_many_groups`; not_found `user.not_found` for an inviter that does not exist
   */
  create(actor: Actor, command: CreateGroup): Promise<ChatEntity> {
    requireOperator(actor);
    return this.database.transaction(() => this.opener.open(command));
  }

  /**
   * @throws DomainError not_found `chat.not_found`; invalid `chat.not_a_group`, `chat.distinct_and_super`, `chat.private_with_code`;
   *   conflict `chat.distinct_exists`
   */
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
        const distinctKey = await this.distinctKeyAfter(chat, changes);
        Object.assign(chat, changes, { accessCode: accessCodeAfter(chat, changes), distinctKey });
        await together([
          this.chats.update(chat).catch((error: unknown) => {
            throw isDistinctTaken(error) ? distinctExists() : error;
          }),
          operatorIds ? this.members.setOperators(id, operatorIds) : undefined,
          hasNewPicture ? this.writer.announcePicture(id, coverUrl) : undefined,
        ]);
      },
      { details },
    );
  }

  /** Removes a group with all that was said in it. @throws as `update` */
  async remove(actor: Actor, id: string): Promise<void> {
    requireOperator(actor);
    await this.database.transaction(async () => {
      // Sent together: what is removed of a chat that is no group is rolled back.
      const checked = this.log.lock([id]).then((heads) => mustBeGroup(heads.get(id), id));
      await together([checked, this.writer.removeChats([id])]);
    });
  }

  /** Makes members operators. @throws as `update`; forbidden `chat.not_member` */
  addOperators(actor: Actor, id: string, userIds: readonly string[]): Promise<void> {
    return this.setRole(actor, id, userIds, 'operator');
  }

  /** Takes the role from operators. @param userIds undefined for all of them @throws as `addOperators` */
  async removeOperators(actor: Actor, id: string, userIds: readonly string[] | undefined): Promise<void> {
    if (userIds) return this.setRole(actor, id, userIds, 'none');
    requireOperator(actor);
    await this.change(id, () => this.members.setOperators(id, []));
  }

  /** @param work makes new metadata of the one that there is @throws as `update`; whatever `work` throws */
  async changeMetadata(actor: Actor, id: string, work: (metadata: Metadata) => Metadata): Promise<void> {
    requireOperator(actor);
    await this.change(id, (chat) => {
      chat.metadata = work(chat.metadata);
      return this.chats.update(chat);
    });
  }

  /** A distinct group is known by its members and its custom type. @throws as `update` */
  private async distinctKeyAfter(chat: ChatEntity, changes: Partial<ChatEntity>): Promise<string | null> {
    const { isDistinct, customType } = { ...chat, ...changes };
    checkProperties({ isDistinct, isSuper: chat.isSuper });
    if (!isDistinct) return null;
    if (chat.isDistinct && customType === chat.customType) return chat.distinctKey;
    const members = await this.members.ofChats([chat.id]);
    return distinctKeyOf(
      members.map(({ userId }) => userId),
      customType,
    );
  }

  private async setRole(actor: Actor, id: string, userIds: readonly string[], role: MemberRole): Promise<void> {
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

/** A group that is made private has no access code any more. @throws DomainError `chat.private_with_code` when it is given one */
function accessCodeAfter(chat: ChatEntity, changes: Partial<ChatEntity>): string {
  const isPublic = changes.isPublic ?? chat.isPublic;
  checkProperties({ accessCode: changes.accessCode, isPublic });
  return isPublic ? (changes.accessCode ?? chat.accessCode) : '';
}
