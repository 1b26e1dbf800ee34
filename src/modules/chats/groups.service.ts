import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { givenColumns } from '../../core/database/entity-columns.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { type Actor, requireService } from '../auth/index.js';
import type { Metadata } from '../users/index.js';
import type { ChatEventDetails } from './chat-event.entity.js';
import { roleOf } from './chat-roles.js';
import { ChatEntity } from './chat.entity.js';
import { distinctExists, noRight, noSuchMember, notAMember, unknownRole } from './chat.errors.js';
import { ChatImageChanged } from './chat.events.js';
import { ChatsRepository, isDistinctTaken } from './chats.repository.js';
import { checkProperties, type CreateGroup, GroupFactory } from './group-factory.js';
import { GroupLocks, type LockedGroup } from './group-locks.js';
import type { MemberRole } from './member.entity.js';
import { MembersRepository } from './members.repository.js';
import { distinctKeyOf } from './new-chat.js';

/** Absent fields stay unchanged. */
export type UpdateGroup = Partial<
  Pick<
    ChatEntity,
    'title' | 'coverUrl' | 'customType' | 'data' | 'isDistinct' | 'isPublic' | 'isEphemeral' | 'accessCode' | 'isFrozen'
  >
> & { operatorIds?: readonly string[] };

/** What an owner or an admin may change. */
const MANAGED_FIELDS: readonly string[] = ['title', 'coverUrl'] satisfies (keyof UpdateGroup)[];

/** The roles that can be assigned besides `owner`. */
const ASSIGNABLE_ROLES: Readonly<Record<string, MemberRole>> = { admin: 'operator', user: 'none', writer: 'writer' };

/**
 * Groups and channels: creation, changes and roles, by a service, or by an owner or an admin. `MembershipsService` changes the members.
 */
@Injectable()
export class GroupsService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly factory: GroupFactory,
    private readonly locks: GroupLocks,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /**
   * Creates a group or a channel. With `isDistinct`, returns an existing group of the same members and custom type instead. An actor
   * that is not a service gives only kind and title, and becomes the owner and only member.
   *
   * @throws DomainError conflict `chat.exists`; invalid `chat.distinct_and_super`, `chat.private_with_code`, `chat.unknown_member`
   *   with `strict`, `chat.too_many_groups`, `chat.too_many_members`; not_found `user.not_found` for an unknown inviter
   */
  create(actor: Actor, command: CreateGroup): Promise<ChatEntity> {
    const allowed = actor.kind === 'service' ? command : ownGroup(actor, command);
    return this.database.transaction(() => this.factory.create(actor, allowed));
  }

  /**
   * Changes a group. An owner or an admin may change title and image.
   *
   * @throws DomainError not_found `chat.not_found`; forbidden `chat.not_member`, `chat.no_right`; invalid `chat.not_a_group`,
   *   `chat.distinct_and_super`, `chat.private_with_code`; conflict `chat.distinct_exists`
   */
  async update(actor: Actor, id: string, command: UpdateGroup): Promise<ChatEntity> {
    const { operatorIds } = command;
    const changes = givenColumns(ChatEntity, command);
    const fields = [...Object.keys(changes), ...(operatorIds ? ['operators'] : [])];
    if (!fields.every((name) => MANAGED_FIELDS.includes(name))) requireService(actor);
    return this.locks.change(actor, id, { fields }, async ({ chat }, details) => {
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
        hasNewImage ? this.events.publish(new ChatImageChanged(id, coverUrl)) : undefined,
      ]);
    });
  }

  /**
   * Sets the role of members: of joined ones unless the actor is a service. A new owner makes the previous owner an admin; only the
   * owner and services assign it.
   *
   * @param role `owner`, `admin`, `writer` (in channels) or `user`
   * @throws DomainError as `update`; forbidden `chat.not_member` for a service, otherwise not_found `chat.no_such_member`; invalid
   *   `chat.unknown_role`
   */
  async setRole(actor: Actor, id: string, userIds: readonly string[], role: string): Promise<void> {
    await this.locks.change(actor, id, { fields: ['roles'], userIds }, async (group, details) => {
      const { chat } = group;
      for (const userId of userIds) requireRoleChange(actor, group, userId, role);
      if (role === 'owner') return this.setOwner(chat, userIds[0], details);
      const assigned = Object.hasOwn(ASSIGNABLE_ROLES, role) ? ASSIGNABLE_ROLES[role] : undefined;
      if (assigned === undefined || (assigned === 'writer' && chat.kind !== 'channel')) throw unknownRole(role);
      details.roles = Object.fromEntries(userIds.map((userId) => [userId, assigned]));
      await this.members.setRole(id, userIds, assigned);
    });
  }

  /** Removes the operator role. @param userIds undefined for all operators @throws as `setRole` */
  async removeOperators(actor: Actor, id: string, userIds: readonly string[] | undefined): Promise<void> {
    if (userIds) return this.setRole(actor, id, userIds, 'user');
    requireService(actor);
    await this.locks.change(actor, id, { fields: ['roles'] }, () => this.members.setOperators(id, []));
  }

  /** @param work returns the new metadata @throws as `update`; errors of `work` */
  async changeMetadata(actor: Actor, id: string, work: (metadata: Metadata) => Metadata): Promise<void> {
    requireService(actor);
    await this.locks.change(actor, id, { fields: ['metadata'] }, ({ chat }) => {
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

  private async setOwner(chat: ChatEntity, userId: string, details: ChatEventDetails): Promise<void> {
    const previous = chat.createdById;
    if (previous === userId) return;
    details.roles = { [userId]: 'owner', ...(previous === null ? {} : { [previous]: 'operator' as const }) };
    await settleAll([this.chats.setOwner(chat.id, userId), this.members.setRole(chat.id, [userId], 'operator')]);
  }
}

/** The group or channel of a user, which becomes its owner and only member. */
const ownGroup = ({ id }: Actor, { kind, title }: CreateGroup): CreateGroup => ({
  kind,
  title,
  userIds: [id],
  operatorIds: [id],
  strict: true,
});

/** Only the owner transfers ownership and changes its own role. A service may do both for any chat. */
function requireRoleChange(actor: Actor, { chat, members }: LockedGroup, userId: string, role: string): void {
  const member = members.get(userId);
  if (actor.kind === 'service') {
    if (!member) throw notAMember(chat.id, userId);
    return;
  }
  if (member?.state !== 'joined') throw noSuchMember(chat.id, userId);
  const isOwn = userId === actor.id && role === 'owner';
  if (roleOf(chat, member) === 'owner' && !isOwn) throw noRight(chat.id);
  if (role === 'owner' && roleOf(chat, members.get(actor.id)!) !== 'owner') throw noRight(chat.id);
}

/** A group that becomes private loses its access code. @throws DomainError `chat.private_with_code` if a private group gets one */
function accessCodeAfter(chat: ChatEntity, changes: Partial<ChatEntity>): string {
  const isPublic = changes.isPublic ?? chat.isPublic;
  checkProperties({ accessCode: changes.accessCode, isPublic });
  return isPublic ? (changes.accessCode ?? chat.accessCode) : '';
}
