import { Injectable } from '@nestjs/common';
import { Database, together } from '../../core/database/database.js';
import { type Actor, mayActAs, requireOperator } from '../auth/index.js';
import { ChatLog, mustBeGroup } from './chat-log.js';
import { GroupLeaver } from './group-leaver.js';
import { notAMember, notInvited, notPublic, tooManyMembers, wrongAccessCode } from './chat.errors.js';
import { type Invite, type Invitees, mustBeActive, mustBeBot, mustExist, requireRoomFor, stateOf } from './invitees.js';
import { type ConcernedUsers, type LockedGroup, LockedGroups } from './locked-groups.js';
import { type Arrival, type Departures, MemberWriter } from './member-writer.js';
import { MembersRepository } from './members.repository.js';

/** Members of a chat that is not super: the limit of the Platform API. */
export const MAX_MEMBERS = 100;
/** Members that leave a super group in one request; the others leave by a deletion task. */
const MAX_LEAVING = 2000;

/**
 * Who comes into groups and who goes. Each call locks the groups, writes an entry into their logs for every user that comes or
 * goes, and is done once for a user that is in already, or out.
 *
 *   lock the groups, read all there is to know ─► decide ─► write members, entries, news and logs ─► COMMIT
 *
 * Each arrow is one round trip to the database, however many groups and users there are.
 */
@Injectable()
export class MembershipsService {
  constructor(
    private readonly groups: LockedGroups,
    private readonly members: MembersRepository,
    private readonly writer: MemberWriter,
    private readonly log: ChatLog,
    private readonly leaver: GroupLeaver,
    private readonly database: Database,
  ) {}

  /**
   * Puts a bot into chats, all of them or none; the operator need not ask it.
   *
   * @throws DomainError not_found `chat.not_found`, `bot.not_found`; invalid `chat.not_a_group`, `chat.too_many_members`,
   *   `chat.too_many_groups`
   */
  async addBot(actor: Actor, botId: string, chatIds: readonly string[]): Promise<void> {
    requireOperator(actor);
    await this.change(chatIds, { ids: [botId], must: mustBeBot }, (groups, invitees) =>
      this.admit(groups, [{ userId: botId, state: 'joined', inviterId: null }], null, invitees),
    );
  }

  /**
   * A user comes into a public chat of its own accord.
   *
   * @throws DomainError as `addBot`, `user.not_found`; forbidden `chat.not_public`, `chat.wrong_access_code`, `user.deactivated`
   */
  async join(actor: Actor, chatId: string, userId: string, accessCode = ''): Promise<void> {
    if (!mayActAs(actor, userId)) throw notAMember(chatId, actor.id);
    await this.change([chatId], { ids: [userId], must: mustBeActive }, ([group], invitees) => {
      const { chat } = group;
      if (!chat.isPublic) throw notPublic(chatId);
      if (chat.accessCode !== '' && chat.accessCode !== accessCode) throw wrongAccessCode();
      return this.admit([group], [{ userId, state: 'joined', inviterId: null }], userId, invitees);
    });
  }

  /**
   * Invites users. Those that need not be asked join at once.
   *
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; invalid `chat.not_a_group`, `chat.too_many_members`,
   *   `chat.too_many_groups`
   */
  async invite(
    actor: Actor,
    chatId: string,
    { userIds, inviterId, memberStates, hiddenStates = {} }: Invite,
  ): Promise<void> {
    requireOperator(actor);
    const wanted = [...new Set(userIds)];
    const others = inviterId === undefined ? [] : [inviterId];
    await this.change([chatId], { ids: wanted, must: mustExist, others }, ([group], invitees) => {
      const users = wanted.map((userId) => mustExist(userId, invitees));
      const arrivals = users.map((user) => ({
        userId: user.id,
        state: stateOf(user, invitees, memberStates),
        inviterId: inviterId ?? null,
      }));
      const hidden = Object.entries(hiddenStates).filter(([userId]) => wanted.includes(userId));
      const admitted = this.admit([group], arrivals, inviterId ?? null, invitees);
      if (hidden.length === 0) return admitted;
      return together([admitted, this.members.setHidden(chatId, Object.fromEntries(hidden), group.head.lastSeq)]);
    });
  }

  /** An invited user joins. @throws DomainError as `join`; forbidden `chat.not_invited` */
  async accept(actor: Actor, chatId: string, userId: string, accessCode = ''): Promise<void> {
    if (!mayActAs(actor, userId)) throw notAMember(chatId, actor.id);
    await this.change([chatId], { ids: [userId], must: mustBeActive }, ([group], invitees) => {
      const { chat, members } = group;
      const member = members.get(userId);
      if (!member) throw notInvited(chatId, userId);
      if (chat.isPublic && chat.accessCode !== '' && chat.accessCode !== accessCode) throw wrongAccessCode();
      return this.admit([group], [{ userId, state: 'joined', inviterId: member.inviterId }], userId, invitees);
    });
  }

  /** An invited user does not want to join. @throws DomainError as `accept`, also for a joined member */
  async decline(actor: Actor, chatId: string, userId: string): Promise<void> {
    if (!mayActAs(actor, userId)) throw notAMember(chatId, actor.id);
    await this.change([chatId], { ids: [userId], must: mustExist }, ([group]) => {
      const member = group.members.get(userId);
      if (member?.state !== 'invited') throw notInvited(chatId, userId);
      return this.writer.dismiss([{ head: group.head, gone: [member] }], userId);
    });
  }

  /**
   * Users leave a chat; who is not in it has left already.
   *
   * @param userIds undefined for all
   * @throws DomainError not_found `chat.not_found`; invalid `chat.not_a_group`
   */
  async leave(actor: Actor, chatId: string, userIds?: readonly string[]): Promise<void> {
    if (actor.kind !== 'operator' && userIds?.join() !== actor.id) throw notAMember(chatId, actor.id);
    const actorId = actor.kind === 'operator' ? null : actor.id;
    await this.database.transaction(async () => {
      const [heads, members] = await together([
        this.log.lock([chatId]),
        userIds ? this.members.find([chatId], userIds) : this.members.some(chatId, MAX_LEAVING),
      ]);
      const head = mustBeGroup(heads.get(chatId), chatId);
      await this.dismiss([{ head, gone: members }], actorId);
      if (!userIds && members.length === MAX_LEAVING) await this.leaver.emptyLater(chatId);
    });
  }

  /** A bot leaves a chat. @param chatId undefined for all its groups @throws as `leave`; not_found `bot.not_found` */
  async leaveAsBot(actor: Actor, botId: string, chatId: string | undefined): Promise<void> {
    requireOperator(actor);
    if (!chatId) return this.leaver.leaveAll(botId, { must: mustBeBot });
    await this.change([chatId], { ids: [botId], must: mustBeBot }, ([{ head, members }]) =>
      members.size > 0 ? this.writer.dismiss([{ head, gone: [...members.values()] }], null) : Promise.resolve(),
    );
  }

  /**
   * A user leaves all its groups.
   *
   * @param customType only groups with this one
   * @throws DomainError not_found `user.not_found`
   */
  async leaveAll(actor: Actor, userId: string, customType?: string): Promise<void> {
    if (!mayActAs(actor, userId)) requireOperator(actor);
    await this.leaver.leaveAll(userId, { customType, must: mustExist });
  }

  private async dismiss(departures: readonly Departures[], actorId: string | null): Promise<void> {
    const real = departures.filter(({ gone }) => gone.length > 0);
    if (real.length === 0) return;
    await together([this.writer.dismiss(real, actorId), this.log.advance(real.map(({ head }) => head))]);
  }

  /** Lets in whoever is not in yet. */
  private async admit(
    groups: readonly LockedGroup[],
    wanted: readonly Arrival[],
    actorId: string | null,
    invitees: Invitees,
  ): Promise<void> {
    const admissions = groups.flatMap(({ head, chat, members, memberCount }) => {
      const arrivals = wanted.filter(({ userId, state }) => {
        const member = members.get(userId);
        return !member || (member.state === 'invited' && state === 'joined');
      });
      const added = arrivals.filter(({ userId }) => !members.has(userId)).length;
      if (added > 0 && memberCount + added > MAX_MEMBERS && !chat.isSuper) throw tooManyMembers(MAX_MEMBERS);
      return arrivals.length === 0 ? [] : [{ head, arrivals, areKnown: added === 0 }];
    });
    for (const { userId } of wanted) {
      const more = groups.filter(({ members }) => !members.has(userId)).length;
      if (more > 0) requireRoomFor(userId, invitees, more);
    }
    if (admissions.length > 0) await this.writer.admit(admissions, actorId);
  }

  /** Locks the groups, and writes back the logs that have grown. Nothing happens if one of the chats is none. */
  private async change(
    chatIds: readonly string[],
    users: ConcernedUsers,
    work: (groups: LockedGroup[], invitees: Invitees) => Promise<unknown>,
  ): Promise<void> {
    await this.database.transaction(async () => {
      const { groups, invitees } = await this.groups.lock([...new Set(chatIds)], users);
      const before = groups.map(({ head }) => head.lastSeq);
      const written = work(groups, invitees);
      // What is written has given its entries their places already.
      const grown = groups.map(({ head }) => head).filter(({ lastSeq }, index) => lastSeq > before[index]);
      await together([written, this.log.advance(grown)]);
    });
  }
}
