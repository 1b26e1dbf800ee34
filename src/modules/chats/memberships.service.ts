import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { type Actor, canActAs, requireService } from '../auth/index.js';
import { ChatLog, logActorId } from './chat-log.js';
import { roleOf } from './chat-roles.js';
import {
  alreadyMember,
  noRight,
  noSuchMember,
  notAMember,
  notInvited,
  notPublic,
  wrongAccessCode,
} from './chat.errors.js';
import { GroupLocks, type LockedGroup, type LockOptions } from './group-locks.js';
import {
  type Invite,
  type Invitees,
  InviteesLoader,
  requireActive,
  requireBot,
  requireUser,
  requireGroupCapacity,
  requireMemberCapacity,
  initialStateOf,
} from './invitees.js';
import { type MemberAddition, type MemberAdditions, MemberWriter } from './member-writer.js';
import { MembershipCleaner } from './membership-cleaner.js';

/** The users of a membership change. */
interface AffectedUsers {
  ids: readonly string[];
  /** Throws if a user does not meet the requirements. */
  check: (id: string, invitees: Invitees) => unknown;
  /** Further users that must exist. */
  others?: readonly string[];
  /** What the actor must be in the groups, unless it is a service. */
  right?: LockOptions['right'];
}

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
    private readonly invitees: InviteesLoader,
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
    await this.change(actor, chatIds, { ids: [botId], check: requireBot }, (groups, invitees) =>
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
    await this.change(actor, [chatId], { ids: [userId], check: requireActive }, ([group], invitees) => {
      const { chat } = group;
      if (!chat.isPublic) throw notPublic(chatId);
      if (chat.accessCode !== '' && chat.accessCode !== accessCode) throw wrongAccessCode();
      return this.addMembers([group], [{ userId, state: 'joined', inviterId: null }], userId, invitees);
    });
  }

  /**
   * Invites users. Users whose consent is not required join at once. Requires a service, which may name an inviter, or an owner or
   * admin, which is the inviter and adds only users that have not joined.
   *
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; invalid `chat.not_a_group`, `chat.too_many_members`,
   *   `chat.too_many_groups`; forbidden `chat.not_member`, `chat.no_right`; conflict `chat.already_member`
   */
  async invite(
    actor: Actor,
    chatId: string,
    { userIds, inviterId: givenInviterId, memberStates, hiddenStates = {}, showsHistory = true }: Invite,
  ): Promise<void> {
    const wanted = [...new Set(userIds)];
    const inviterId = logActorId(actor) ?? givenInviterId ?? null;
    const others = inviterId === null ? [] : [inviterId];
    const users = { ids: wanted, check: requireUser, others, right: 'manager' } as const;
    await this.change(actor, [chatId], users, ([group], invitees) => {
      const joined = wanted.find((userId) => group.members.get(userId)?.state === 'joined');
      if (joined !== undefined && actor.kind !== 'service') throw alreadyMember(chatId, joined);
      const additions = wanted.map((userId) => ({
        userId,
        state: initialStateOf(requireUser(userId, invitees), invitees, memberStates),
        inviterId,
        hidesHistory: !showsHistory,
      }));
      const hidden = Object.entries(hiddenStates).filter(([userId]) => wanted.includes(userId));
      return this.addMembers([group], additions, inviterId, invitees, Object.fromEntries(hidden));
    });
  }

  /** Accepts an invitation. @throws DomainError as `join`; forbidden `chat.not_invited` */
  async accept(actor: Actor, chatId: string, userId: string, accessCode = ''): Promise<void> {
    if (!canActAs(actor, userId)) throw notAMember(chatId, actor.id);
    await this.change(actor, [chatId], { ids: [userId], check: requireActive }, ([group], invitees) => {
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
    await this.change(actor, [chatId], { ids: [userId], check: requireUser }, ([group]) => {
      const member = group.members.get(userId);
      if (member?.state !== 'invited') throw notInvited(chatId, userId);
      return this.writer.removeMembers([{ head: group.head, members: [member] }], userId);
    });
  }

  /**
   * Removes users from a chat. A service removes any users, and non-members are ignored. An owner or an admin removes members except
   * the owner, and each member itself.
   *
   * @param userIds undefined for all, which requires a service
   * @throws DomainError not_found `chat.not_found`, `chat.no_such_member`; invalid `chat.not_a_group`; forbidden `chat.not_member`,
   *   `chat.no_right`
   */
  async leave(actor: Actor, chatId: string, userIds?: readonly string[]): Promise<void> {
    if (!userIds) {
      requireService(actor);
      return this.cleaner.removeAllMembers(actor, chatId);
    }
    await this.database.transaction(async () => {
      const right = userIds.every((userId) => userId === actor.id) ? 'member' : 'manager';
      const [group] = await this.groups.lock(actor, [chatId], { userIds, right });
      if (actor.kind !== 'service') for (const userId of userIds) requireRemovable(actor, group, userId);
      const { head } = group;
      const members = [...new Set(userIds)].flatMap((userId) => group.members.get(userId) ?? []);
      if (members.length === 0) return;
      await settleAll([
        this.writer.removeMembers([{ head, members }], logActorId(actor)),
        this.chatLog.advance([head]),
      ]);
    });
  }

  /** Removes a bot from a chat. @param chatId undefined for all its groups @throws as `leave`; not_found `bot.not_found` */
  async leaveAsBot(actor: Actor, botId: string, chatId: string | undefined): Promise<void> {
    requireService(actor);
    if (!chatId) return this.leaveGroups(botId, requireBot);
    await this.change(actor, [chatId], { ids: [botId], check: requireBot }, async ([{ head, members }]) => {
      const member = members.get(botId);
      if (member) await this.writer.removeMembers([{ head, members: [member] }], null);
    });
  }

  /**
   * Removes a user from all its groups.
   *
   * @param customType only groups with this custom type
   * @throws DomainError not_found `user.not_found`
   */
  async leaveAll(actor: Actor, userId: string, customType?: string): Promise<void> {
    if (!canActAs(actor, userId)) requireService(actor);
    await this.leaveGroups(userId, requireUser, customType);
  }

  private async leaveGroups(userId: string, check: AffectedUsers['check'], customType?: string): Promise<void> {
    await this.database.transaction(async () => {
      const [, invitees] = await settleAll([
        this.cleaner.leaveAllGroups(userId, customType),
        this.invitees.load([userId]),
      ]);
      check(userId, invitees);
    });
  }

  /** Adds users that are not yet members. */
  private async addMembers(
    groups: readonly LockedGroup[],
    wanted: readonly MemberAddition[],
    actorId: string | null,
    invitees: Invitees,
    hiddenStates: MemberAdditions['hiddenStates'] = {},
  ): Promise<void> {
    const changes = groups.flatMap(({ head, chat, members }) => {
      const additions = wanted.filter(({ userId, state }) => {
        const member = members.get(userId);
        return !member || (member.state === 'invited' && state === 'joined');
      });
      const added = additions.filter(({ userId }) => !members.has(userId)).length;
      requireMemberCapacity(chat, invitees, added);
      const isChanged = additions.length > 0 || Object.keys(hiddenStates).length > 0;
      return isChanged ? [{ head, additions, keepsDistinct: added === 0, hiddenStates }] : [];
    });
    for (const { userId } of wanted) {
      const more = groups.filter(({ members }) => !members.has(userId)).length;
      if (more > 0) requireGroupCapacity(userId, invitees, more);
    }
    if (changes.length > 0) await this.writer.addMembers(changes, actorId);
  }

  /** Locks the groups, runs `work` and advances the changed logs. @throws if one of the chats is not a group */
  private async change(
    actor: Actor,
    chatIds: readonly string[],
    { ids: userIds, check, others = [], right }: AffectedUsers,
    work: (groups: LockedGroup[], invitees: Invitees) => Promise<unknown>,
  ): Promise<void> {
    const ids = [...new Set(chatIds)];
    await this.database.transaction(async () => {
      // Sent together, in this order: invitees and counts are read under the locks. Errors of users precede those of groups.
      const locking = this.groups.lock(actor, ids, { userIds, right });
      const loading = this.invitees.load(userIds, others, ids).then((invitees) => {
        for (const id of userIds) check(id, invitees);
        for (const id of others) requireUser(id, invitees);
        return invitees;
      });
      const [invitees, groups] = await settleAll([loading, locking]);
      const before = groups.map(({ head }) => head.lastSeq);
      const written = work(groups, invitees);
      // `work` assigns the positions of its entries before it returns its promise.
      const grown = groups.map(({ head }) => head).filter(({ lastSeq }, index) => lastSeq > before[index]);
      await settleAll([written, this.chatLog.advance(grown)]);
    });
  }
}

/** @throws unless the member may remove `userId`: itself, or another member that is not the owner */
function requireRemovable(actor: Actor, { chat, members }: LockedGroup, userId: string): void {
  const member = members.get(userId);
  if (!member) throw noSuchMember(chat.id, userId);
  if (userId !== actor.id && roleOf(chat, member) === 'owner') throw noRight(chat.id);
}
