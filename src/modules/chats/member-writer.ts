import { Injectable } from '@nestjs/common';
import { DomainEvents } from '../../core/events/domain-events.js';
import { BotsService, INVITATION_PREFERENCE } from '../bots/index.js';
import type { UserEntity } from '../users/index.js';
import type { ChatEventType } from './chat-event.entity.js';
import { append, ChatLog, type LogHead, type NewChatEvent } from './chat-log.js';
import { MembersJoined, MembersLeft } from './chat.events.js';
import { MemberEntity, type MemberRole, type MemberState } from './member.entity.js';
import { MembersRepository } from './members.repository.js';

/** A user that becomes a member, or is invited to. */
export interface Arrival {
  userId: string;
  state: MemberState;
  inviterId: string | null;
  role?: MemberRole;
  /** Known to all without an entry in the log, such as the people with whom a group begins. */
  silent?: boolean;
}

/** Writes who comes and goes into a locked chat: the members, the entries of the log, and the news for those above. */
@Injectable()
export class MemberWriter {
  constructor(
    private readonly members: MembersRepository,
    private readonly bots: BotsService,
    private readonly log: ChatLog,
    private readonly events: DomainEvents,
  ) {}

  /** How each of these users comes in: joined, or invited if it, or the caller, wants it so. */
  async statesOf(
    users: readonly UserEntity[],
    asked: Readonly<Record<string, MemberState>> = {},
  ): Promise<Map<string, MemberState>> {
    const botIds = users.filter(({ kind }) => kind === 'bot').map(({ id }) => id);
    const askingBots = new Set(
      botIds.length > 0 ? await this.bots.idsByInvitationPreference(botIds, INVITATION_PREFERENCE.ask) : [],
    );
    return new Map(
      users.map(({ id, acceptsInvitations }) => [
        id,
        askingBots.has(id) || !acceptsInvitations || asked[id] === 'invited' ? 'invited' : 'joined',
      ]),
    );
  }

  /** Who joins is told of what comes from its own entry on, which is the first that its lanes read. */
  async admit(head: LogHead, arrivals: readonly Arrival[], actorId: string | null): Promise<void> {
    const lastSeq = head.lastSeq;
    const entries: NewChatEvent[] = [];
    const rows = arrivals.map(({ userId, state, inviterId, role = 'none', silent = false }) => {
      const type: ChatEventType = state === 'joined' ? 'member.joined' : 'member.invited';
      const place = silent ? { seq: head.lastSeq, at: head.lastAt } : append(head, 'event');
      if (!silent) entries.push({ place, chatId: head.chatId, type, actorId, subjectId: userId });
      const at = new Date(place.at);
      const isJoined = state === 'joined';
      return Object.assign(new MemberEntity(), {
        chatId: head.chatId,
        userId,
        state,
        role,
        inviterId,
        readSeq: place.seq,
        invitedAt: isJoined ? null : at,
        joinedAt: isJoined ? at : null,
        joinedSeq: isJoined ? place.seq : 0,
      });
    });
    await this.members.put(rows);
    await this.log.insertEvents(entries);
    const joined = rows.filter(({ state }) => state === 'joined').map(({ userId }) => userId);
    if (joined.length > 0) await this.events.publish(new MembersJoined(head.chatId, joined, lastSeq));
  }

  /** @param gone who was removed, and what it was */
  async noteDepartures(
    head: LogHead,
    gone: readonly { userId: string; state: MemberState }[],
    actorId: string | null,
  ): Promise<void> {
    await this.log.insertEvents(
      gone.map(({ userId, state }) => ({
        place: append(head, 'event'),
        chatId: head.chatId,
        type: state === 'joined' ? 'member.left' : 'member.declined',
        actorId,
        subjectId: userId,
      })),
    );
    const left = gone.filter(({ state }) => state === 'joined').map(({ userId }) => userId);
    if (left.length > 0) await this.events.publish(new MembersLeft(head.chatId, left, head.lastSeq));
  }
}
