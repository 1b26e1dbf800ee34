import { Injectable } from '@nestjs/common';
import { together } from '../../core/database/database.js';
import { botNotFound, BotsService, INVITATION_PREFERENCE } from '../bots/index.js';
import { userDeactivated, type UserEntity, userNotFound, UsersService } from '../users/index.js';
import { tooManyGroups } from './chat.errors.js';
import type { HiddenState, MemberState } from './member.entity.js';
import { MembersRepository } from './members.repository.js';

/** Groups that a person may be in: the limit of the Platform API for users. A bot serves as many as want it. */
export const MAX_GROUPS = 2000;

/** Who shall come into a group, and how. */
export interface Invite {
  userIds: readonly string[];
  inviterId?: string;
  /** States asked for by the caller, by user id. Who wants to be asked is invited all the same. */
  memberStates?: Readonly<Record<string, MemberState>>;
  /** Who does not see the chat in its list from the beginning, by user id. */
  hiddenStates?: Readonly<Record<string, HiddenState>>;
}

/** All that must be known of users before they come into a group. */
export interface Invitees {
  /** Those that exist. */
  users: ReadonlyMap<string, UserEntity>;
  /** Bots that want to be asked. */
  askingBots: ReadonlySet<string>;
  /** How many groups each is in who may not be in any number of them. */
  groupCounts: ReadonlyMap<string, number>;
}

/** Looks up who is about to come into groups. */
@Injectable()
export class InviteesReader {
  constructor(
    private readonly users: UsersService,
    private readonly bots: BotsService,
    private readonly members: MembersRepository,
  ) {}

  /**
   * In one round trip, which belongs into the transaction in which they come: behind the lock on the groups, since others wait
   * with that for the counts of these users.
   *
   * @param named beside those who come: such as an inviter
   */
  async read(userIds: readonly string[], named: readonly string[] = []): Promise<Invitees> {
    const [users, asking, groupCounts] = await together([
      this.users.findMany([...userIds, ...named]),
      this.bots.idsByInvitationPreference(userIds, INVITATION_PREFERENCE.ask),
      this.members.groupCounts(userIds),
    ]);
    return { users, askingBots: new Set(asking), groupCounts };
  }
}

/** How a user comes in: joined, or invited if it, or the caller, wants it so. */
export function stateOf(
  { id, acceptsInvitations }: UserEntity,
  { askingBots }: Invitees,
  asked: Readonly<Record<string, MemberState>> = {},
): MemberState {
  return askingBots.has(id) || !acceptsInvitations || asked[id] === 'invited' ? 'invited' : 'joined';
}

/** @throws DomainError invalid `chat.too_many_groups` */
export function requireRoomFor(userId: string, { groupCounts }: Pick<Invitees, 'groupCounts'>, more = 1): void {
  if ((groupCounts.get(userId) ?? 0) + more > MAX_GROUPS) throw tooManyGroups(userId, MAX_GROUPS);
}

/** @throws DomainError not_found `user.not_found` */
export function mustExist(userId: string, { users }: Pick<Invitees, 'users'>): UserEntity {
  const user = users.get(userId);
  if (!user) throw userNotFound(userId);
  return user;
}

/** @throws DomainError as `mustExist`; forbidden `user.deactivated` */
export function mustBeActive(userId: string, invitees: Invitees): void {
  if (!mustExist(userId, invitees).isActive) throw userDeactivated(userId);
}

/** @throws DomainError not_found `bot.not_found` */
export function mustBeBot(botId: string, { users }: Pick<Invitees, 'users'>): void {
  if (users.get(botId)?.kind !== 'bot') throw botNotFound(botId);
}
