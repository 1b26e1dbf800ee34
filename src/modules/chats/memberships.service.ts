import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { type Actor, mayActAs, requireOperator } from '../auth/index.js';
import { UserLeaving, UsersService } from '../users/index.js';
import { ChatLog, type LogHead } from './chat-log.js';
import {
  chatNotFound,
  notAGroup,
  notAMember,
  notInvited,
  notPublic,
  tooManyMembers,
  wrongAccessCode,
} from './chat.errors.js';
import { ChatsRepository } from './chats.repository.js';
import type { HiddenState, MemberState } from './member.entity.js';
import { type Arrival, MemberWriter } from './member-writer.js';
import { MembersRepository } from './members.repository.js';

/** Members of a chat that is not super: the limit of the Platform API. */
export const MAX_MEMBERS = 100;

export interface Invite {
  userIds: readonly string[];
  inviterId?: string;
  /** States asked for by the caller, by user id. Who wants to be asked is invited all the same. */
  memberStates?: Readonly<Record<string, MemberState>>;
  /** Who does not see the chat in its list from the beginning, by user id. */
  hiddenStates?: Readonly<Record<string, HiddenState>>;
}

/**
 * Who comes into groups and who goes. Each call locks the groups, writes an entry into their logs for every user that comes or
 * goes, and is done once for a user that is in already, or out.
 */
@Injectable()
export class MembershipsService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly writer: MemberWriter,
    private readonly users: UsersService,
    private readonly log: ChatLog,
    private readonly database: Database,
  ) {}

  /**
   * Puts a user into chats, all of them or none; the operator need not ask it.
   *
   * @throws DomainError not_found `chat.not_found`; invalid `chat.not_a_group`, `chat.too_many_members`
   */
  async add(actor: Actor, userId: string, chatIds: readonly string[]): Promise<void> {
    requireOperator(actor);
    await this.change(chatIds, async (heads) => {
      for (const head of heads) await this.admit(head, [{ userId, state: 'joined', inviterId: null }], null);
    });
  }

  /**
   * A user comes into a public chat of its own accord.
   *
   * @throws DomainError as `add`; not_found `user.not_found`; forbidden `chat.not_public`, `chat.wrong_access_code`
   */
  async join(actor: Actor, chatId: string, userId: string, accessCode = ''): Promise<void> {
    await this.mustActAs(actor, chatId, userId);
    await this.change([chatId], async ([head]) => {
      const chat = await this.chats.find(chatId);
      if (!chat?.isPublic) throw notPublic(chatId);
      if (chat.accessCode !== '' && chat.accessCode !== accessCode) throw wrongAccessCode();
      await this.admit(head, [{ userId, state: 'joined', inviterId: null }], userId);
    });
  }

  /**
   * Invites users. Those that need not be asked join at once.
   *
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; invalid `chat.not_a_group`, `chat.too_many_members`
   */
  async invite(
    actor: Actor,
    chatId: string,
    { userIds, inviterId, memberStates, hiddenStates = {} }: Invite,
  ): Promise<void> {
    requireOperator(actor);
    const wanted = [...new Set(userIds)];
    const named = inviterId === undefined ? wanted : [...wanted, inviterId];
    const known = await this.users.findMany(named);
    const unknown = named.find((id) => !known.has(id));
    if (unknown !== undefined) await this.users.get(unknown);
    const states = await this.writer.statesOf([...known.values()], memberStates);
    const arrivals = wanted.map((userId) => ({ userId, state: states.get(userId)!, inviterId: inviterId ?? null }));
    await this.change([chatId], async ([head]) => {
      await this.admit(head, arrivals, inviterId ?? null);
      for (const userId of wanted.filter((id) => Object.hasOwn(hiddenStates, id)))
        await this.members.update(chatId, [userId], { hiddenState: hiddenStates[userId], hiddenSeq: head.lastSeq });
    });
  }

  /** An invited user joins. @throws DomainError as `join`; forbidden `chat.not_invited` */
  async accept(actor: Actor, chatId: string, userId: string, accessCode = ''): Promise<void> {
    await this.mustActAs(actor, chatId, userId);
    await this.change([chatId], async ([head]) => {
      const [member] = await this.members.find(chatId, [userId]);
      if (!member) throw notInvited(chatId, userId);
      const chat = await this.chats.find(chatId);
      if (chat?.isPublic && chat.accessCode !== '' && chat.accessCode !== accessCode) throw wrongAccessCode();
      await this.admit(head, [{ userId, state: 'joined', inviterId: member.inviterId }], userId);
    });
  }

  /** An invited user does not want to join. @throws DomainError as `accept`, also for a joined member */
  async decline(actor: Actor, chatId: string, userId: string): Promise<void> {
    await this.mustActAs(actor, chatId, userId);
    await this.change([chatId], async ([head]) => {
      const gone = await this.members.remove(chatId, [userId], 'invited');
      if (gone.length === 0) throw notInvited(chatId, userId);
      await this.writer.noteDepartures(head, gone, userId);
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
    await this.change([chatId], async ([head]) => {
      const ids = userIds ?? (await this.members.ofChats([chatId])).map(({ userId }) => userId);
      await this.dismiss(head, ids, actor.kind === 'operator' ? null : actor.id);
    });
  }

  /** A user leaves all its groups. @param customType only those with this one */
  async leaveAll(actor: Actor, userId: string, customType?: string): Promise<void> {
    if (!mayActAs(actor, userId)) requireOperator(actor);
    await this.dismissEverywhere(userId, customType);
  }

  /** Who is deleted or deactivated leaves its groups, and its bots' owners are told. */
  @OnDomainEvent(UserLeaving, 'in-transaction')
  async letGo({ userId }: UserLeaving): Promise<void> {
    await this.dismissEverywhere(userId);
  }

  private async dismissEverywhere(userId: string, customType?: string): Promise<void> {
    await this.database.transaction(async () => {
      const chatIds = await this.members.groupsOf(userId, customType);
      if (chatIds.length === 0) return;
      await this.change(chatIds, async (heads) => {
        for (const head of heads) await this.dismiss(head, [userId], null);
      });
    });
  }

  private async admit(head: LogHead, wanted: readonly Arrival[], actorId: string | null): Promise<void> {
    const present = new Map(
      (
        await this.members.find(
          head.chatId,
          wanted.map(({ userId }) => userId),
        )
      ).map((member) => [member.userId, member]),
    );
    const isNews = ({ userId, state }: Arrival): boolean => {
      const member = present.get(userId);
      return !member || (member.state === 'invited' && state === 'joined');
    };
    const arrivals = wanted.filter(isNews);
    if (arrivals.length === 0) return;
    const added = arrivals.filter(({ userId }) => !present.has(userId)).length;
    if (added > 0) await this.requireRoom(head.chatId, added);
    await this.writer.admit(head, arrivals, actorId);
    if (added > 0) await this.chats.endDistinct(head.chatId);
  }

  private async requireRoom(chatId: string, more: number): Promise<void> {
    const count = await this.members.count(chatId);
    if (count + more <= MAX_MEMBERS) return;
    const chat = await this.chats.find(chatId);
    if (!chat?.isSuper) throw tooManyMembers(MAX_MEMBERS);
  }

  private async dismiss(head: LogHead, userIds: readonly string[], actorId: string | null): Promise<void> {
    const gone = await this.members.remove(head.chatId, userIds);
    if (gone.length === 0) return;
    await this.writer.noteDepartures(head, gone, actorId);
    await this.chats.endDistinct(head.chatId);
  }

  /** Locks the groups, and writes back the logs that have grown. Nothing happens if one of the chats is none. */
  private async change(chatIds: readonly string[], work: (heads: LogHead[]) => Promise<void>): Promise<void> {
    await this.database.transaction(async () => {
      const locked = await this.log.lock(chatIds);
      const heads = [...new Set(chatIds)].map((id) => {
        const head = locked.get(id);
        if (!head) throw chatNotFound(id);
        if (head.kind === 'personal') throw notAGroup(id);
        return head;
      });
      const before = heads.map(({ lastSeq }) => lastSeq);
      await work(heads);
      await this.log.advance(heads.filter(({ lastSeq }, index) => lastSeq > before[index]));
    });
  }

  private async mustActAs(actor: Actor, chatId: string, userId: string): Promise<void> {
    if (!mayActAs(actor, userId)) throw notAMember(chatId, actor.id);
    await this.users.get(userId);
  }
}
