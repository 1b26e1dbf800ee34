import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { type Actor, canActAs, requireService } from '../auth/index.js';
import { ChatLog, requireGroup } from './chat-log.js';
import { MembershipCleaner } from './membership-cleaner.js';
import { notAMember, notInvited, notPublic, tooManyMembers, wrongAccessCode } from './chat.errors.js';
import {
  type Invite,
  type Invitees,
  requireActive,
  requireBot,
  requireUser,
  requireGroupCapacity,
  initialStateOf,
} from './invitees.js';
import { type AffectedUsers, type LockedGroup, GroupLocks } from './group-locks.js';
import { type MemberAddition, type MemberRemovals, MemberWriter } from './member-writer.js';
import { MembersRepository } from './members.repository.js';

/** Maximum members of a chat that is not super: the limit of the Platform API. */
export const MAX_MEMBERS = 100;
/** Maximum members removed from a super group in one request; a deletion task removes the others. */
const MAX_LEAVING = 2000;

/**
 * Adds members to groups and removes them. Each call locks the groups and adds a log entry for each changed member. A user that is
 * already added or removed is skipped.
 *
 *   lock the groups, load members and invitees ─► decide ─► write members, entries and logs, publish events ─► COMMIT
 *
 * Each arrow is one round trip to the database, for any number of groups and users.
 */
@Injectable()
export class MembershipsService {
  constructor(
    private readonly groups: GroupLocks,
    private readonly members: MembersRepository,
    private readonly writer: MemberWriter,
    private readonly chatLog: ChatLog,
    private readonly cleaner: MembershipCleaner,
    private readonly database: Database,
  ) {}

  /**
   * Adds a bot to chats, all of them or none, without its consent.
   *
   * @throws DomainError not_found `chat.not_found`, `bot.not_found`; invalid `chat.not_a_group`, `chat.too_many_members`,
   *   `chat.too_many_groups`
   */
  async addBot(actor: Actor, botId: string, chatIds: readonly string[]): Promise<void> {
    requireService(actor);
    await this.change(chatIds, { ids: [botId], check: requireBot }, (groups, invitees) =>
      this.addMembers(groups, [{ userId: botId, state: 'joined', inviterId: null }], null, invitees),
    );
  }

  /**
   * Joins a public chat.
   *
   * @throws DomainError as `addBot`, `user.not_found`; forbidden `chat.not_public`, `chat.wrong_access_code`, `user.deactivated`
   */
  async join(actor: Actor, chatId: string, userId: string, accessCode = ''): Promise<void> {
    if (!canActAs(actor, userId)) throw notAMember(chatId, actor.id);
    await this.change([chatId], { ids: [userId], check: requireActive }, ([group], invitees) => {
      const { chat } = group;
      if (!chat.isPublic) throw notPublic(chatId);
      if (chat.accessCode !== '' && chat.accessCode !== accessCode) throw wrongAccessCode();
      return this.addMembers([group], [{ userId, state: 'joined', inviterId: null }], userId, invitees);
    });
  }

  /**
   * Invites users. Users whose consent is not required join at once.
   *
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; invalid `chat.not_a_group`, `chat.too_many_members`,
   *   `chat.too_many_groups`
   */
  async invite(
    actor: Actor,
    chatId: string,
    { userIds, inviterId, memberStates, hiddenStates = {} }: Invite,
  ): Promise<void> {
    requireService(actor);
    const wanted = [...new Set(userIds)];
    const others = inviterId === undefined ? [] : [inviterId];
    await this.change([chatId], { ids: wanted, check: requireUser, others }, ([group], invitees) => {
      const users = wanted.map((userId) => requireUser(userId, invitees));
      const additions = users.map((user) => ({
        userId: user.id,
        state: initialStateOf(user, invitees, memberStates),
        inviterId: inviterId ?? null,
      }));
      const hidden = Object.entries(hiddenStates).filter(([userId]) => wanted.includes(userId));
      const added = this.addMembers([group], additions, inviterId ?? null, invitees);
      if (hidden.length === 0) return added;
      return settleAll([added, this.members.setHidden(chatId, Object.fromEntries(hidden), group.head.lastSeq)]);
    });
  }

  /** Accepts an invitation. @throws DomainError as `join`; forbidden `chat.not_invited` */
  async accept(actor: Actor, chatId: string, userId: string, accessCode = ''): Promise<void> {
    if (!canActAs(actor, userId)) throw notAMember(chatId, actor.id);
    await this.change([chatId], { ids: [userId], check: requireActive }, ([group], invitees) => {
      const { chat, members } = group;
      const member = members.get(userId);
      if (!member) throw notInvited(chatId, userId);
      if (chat.isPublic && chat.accessCode !== '' && chat.accessCode !== accessCode) throw wrongAccessCode();
      return this.addMembers([group], [{ userId, state: 'joined', inviterId: member.inviterId }], userId, invitees);
    });
  }

  /** Declines an invitation. @throws DomainError as `accept`, also for a joined member */
  async decline(actor: Actor, chatId: string, userId: string): Promise<void> {
    if (!canActAs(actor, userId)) throw notAMember(chatId, actor.id);
    await this.change([chatId], { ids: [userId], check: requireUser }, ([group]) => {
      const member = group.members.get(userId);
      if (member?.state !== 'invited') throw notInvited(chatId, userId);
      return this.writer.removeMembers([{ head: group.head, members: [member] }], userId);
    });
  }

  /**
   * Removes users from a chat. Non-members are ignored.
   *
   * @param userIds undefined for all
   * @throws DomainError not_found `chat.not_found`; invalid `chat.not_a_group`
   */
  async leave(actor: Actor, chatId: string, userIds?: readonly string[]): Promise<void> {
    if (actor.kind !== 'service' && userIds?.join() !== actor.id) throw notAMember(chatId, actor.id);
    const actorId = actor.kind === 'service' ? null : actor.id;
    await this.database.transaction(async () => {
      const [heads, members] = await settleAll([
        this.chatLog.lock([chatId]),
        userIds ? this.members.find([chatId], userIds) : this.members.findBatch(chatId, MAX_LEAVING),
      ]);
      const head = requireGroup(heads.get(chatId), chatId);
      await this.removeMembers([{ head, members }], actorId);
      if (!userIds && members.length === MAX_LEAVING) await this.cleaner.scheduleEmptying(chatId);
    });
  }

  /** Removes a bot from a chat. @param chatId undefined for all its groups @throws as `leave`; not_found `bot.not_found` */
  async leaveAsBot(actor: Actor, botId: string, chatId: string | undefined): Promise<void> {
    requireService(actor);
    if (!chatId) return this.cleaner.leaveAllGroups(botId, { check: requireBot });
    await this.change([chatId], { ids: [botId], check: requireBot }, ([{ head, members }]) =>
      members.size > 0
        ? this.writer.removeMembers([{ head, members: [...members.values()] }], null)
        : Promise.resolve(),
    );
  }

  /**
   * Removes a user from all its groups.
   *
   * @param customType only groups with this custom type
   * @throws DomainError not_found `user.not_found`
   */
  async leaveAll(actor: Actor, userId: string, customType?: string): Promise<void> {
    if (!canActAs(actor, userId)) requireService(actor);
    await this.cleaner.leaveAllGroups(userId, { customType, check: requireUser });
  }

  private async removeMembers(removals: readonly MemberRemovals[], actorId: string | null): Promise<void> {
    const effective = removals.filter(({ members }) => members.length > 0);
    if (effective.length === 0) return;
    await settleAll([
      this.writer.removeMembers(effective, actorId),
      this.chatLog.advance(effective.map(({ head }) => head)),
    ]);
  }

  /** Adds users that are not yet members. */
  private async addMembers(
    groups: readonly LockedGroup[],
    wanted: readonly MemberAddition[],
    actorId: string | null,
    invitees: Invitees,
  ): Promise<void> {
    const changes = groups.flatMap(({ head, chat, members, memberCount }) => {
      const additions = wanted.filter(({ userId, state }) => {
        const member = members.get(userId);
        return !member || (member.state === 'invited' && state === 'joined');
      });
      const added = additions.filter(({ userId }) => !members.has(userId)).length;
      if (added > 0 && memberCount + added > MAX_MEMBERS && !chat.isSuper) throw tooManyMembers(MAX_MEMBERS);
      return additions.length === 0 ? [] : [{ head, additions, keepsDistinct: added === 0 }];
    });
    for (const { userId } of wanted) {
      const more = groups.filter(({ members }) => !members.has(userId)).length;
      if (more > 0) requireGroupCapacity(userId, invitees, more);
    }
    if (changes.length > 0) await this.writer.addMembers(changes, actorId);
  }

  /** Locks the groups, runs `work` and advances the changed logs. @throws if one of the chats is not a group */
  private async change(
    chatIds: readonly string[],
    users: AffectedUsers,
    work: (groups: LockedGroup[], invitees: Invitees) => Promise<unknown>,
  ): Promise<void> {
    await this.database.transaction(async () => {
      const { groups, invitees } = await this.groups.lock([...new Set(chatIds)], users);
      const before = groups.map(({ head }) => head.lastSeq);
      const written = work(groups, invitees);
      // `work` assigns the positions of its entries before it returns its promise.
      const grown = groups.map(({ head }) => head).filter(({ lastSeq }, index) => lastSeq > before[index]);
      await settleAll([written, this.chatLog.advance(grown)]);
    });
  }
}
