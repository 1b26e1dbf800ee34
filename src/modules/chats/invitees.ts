import { Injectable } from '@nestjs/common';
import { settleAll } from '../../core/database/database.js';
import { botNotFound, BotsService, INVITATION_PREFERENCE } from '../bots/index.js';
import { userDeactivated, type UserEntity, userNotFound, UsersService } from '../users/index.js';
import type { ChatEntity } from './chat.entity.js';
import { tooManyGroups, tooManyMembers } from './chat.errors.js';
import type { HiddenState, MemberState } from './member.entity.js';
import { MembersRepository } from './members.repository.js';

/** Maximum members of a chat that is not super: the limit of the Platform API. */
export const MAX_MEMBERS = 100;
/** Maximum groups of a person: the limit of the Platform API for users. Bots have no limit. */
const MAX_GROUPS = 2000;

/** Users to add to a group. */
export interface Invite {
  userIds: readonly string[];
  inviterId?: string;
  /** Requested states by user id. A user whose consent is required is invited in any case. */
  memberStates?: Readonly<Record<string, MemberState>>;
  /** Initial hidden states by user id. */
  hiddenStates?: Readonly<Record<string, HiddenState>>;
  /** Whether the users see the history before their addition: true if absent. */
  showsHistory?: boolean;
}

/** Data of users that additions to groups need. */
export interface Invitees {
  /** The existing users by id. */
  users: ReadonlyMap<string, UserEntity>;
  /** Bots that accept invitations themselves. */
  botsRequiringConsent: ReadonlySet<string>;
  /** The numbers of groups by person. */
  groupCounts: ReadonlyMap<string, number>;
  /** The numbers of members by group. */
  memberCounts: ReadonlyMap<string, number>;
}

/** Loads users before they are added to groups. */
@Injectable()
export class InviteesLoader {
  constructor(
    private readonly users: UsersService,
    private readonly bots: BotsService,
    private readonly members: MembersRepository,
  ) {}

  /**
   * Loads invitees in one round trip. Requires the transaction that adds them, after the locks on the groups: it locks the group
   * counts of these users.
   *
   * @param others further users to load, such as an inviter
   * @param chatIds the existing groups to which the users are added
   */
  async load(
    userIds: readonly string[],
    others: readonly string[] = [],
    chatIds: readonly string[] = [],
  ): Promise<Invitees> {
    const [users, botIds, groupCounts, memberCounts] = await settleAll([
      this.users.findMany([...userIds, ...others]),
      this.bots.idsByInvitationPreference(userIds, INVITATION_PREFERENCE.ask),
      this.members.countGroupsByUser(userIds),
      this.members.countByChat(chatIds),
    ]);
    return { users, botsRequiringConsent: new Set(botIds), groupCounts, memberCounts };
  }
}

/** The state of a new member: joined, or invited if the user or the caller requires it. */
export function initialStateOf(
  { id, acceptsInvitations }: UserEntity,
  { botsRequiringConsent }: Invitees,
  requested: Readonly<Record<string, MemberState>> = {},
): MemberState {
  return botsRequiringConsent.has(id) || !acceptsInvitations || requested[id] === 'invited' ? 'invited' : 'joined';
}

/** @throws DomainError invalid `chat.too_many_members` if `more` members exceed the limit */
export function requireMemberCapacity(
  { id, isSuper }: Pick<ChatEntity, 'id' | 'isSuper'>,
  { memberCounts }: Invitees,
  more: number,
): void {
  if (more > 0 && !isSuper && (memberCounts.get(id) ?? 0) + more > MAX_MEMBERS) throw tooManyMembers(MAX_MEMBERS);
}

/** @throws DomainError invalid `chat.too_many_groups` if `more` groups exceed the limit */
export function requireGroupCapacity(userId: string, { groupCounts }: Invitees, more = 1): void {
  if ((groupCounts.get(userId) ?? 0) + more > MAX_GROUPS) throw tooManyGroups(userId, MAX_GROUPS);
}

/** @throws DomainError not_found `user.not_found` */
export function requireUser(userId: string, { users }: Pick<Invitees, 'users'>): UserEntity {
  const user = users.get(userId);
  if (!user) throw userNotFound(userId);
  return user;
}

/** @throws DomainError as `requireUser`; forbidden `user.deactivated` */
export function requireActive(userId: string, invitees: Invitees): void {
  if (!requireUser(userId, invitees).isActive) throw userDeactivated(userId);
}

/** @throws DomainError not_found `bot.not_found` */
export function requireBot(botId: string, { users }: Pick<Invitees, 'users'>): void {
  if (users.get(botId)?.kind !== 'bot') throw botNotFound(botId);
}
