import { Injectable } from '@nestjs/common';
import { together } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { ChatRemover } from './chat-remover.js';
import { append, ChatLog, type LogHead, type NewChatEvent } from './chat-log.js';
import { ChatPictureChanged, type EndedMembership, MembersJoined, MembersLeft } from './chat.events.js';
import { ChatsRepository } from './chats.repository.js';
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
  /** The chat begins with it. */
  founding?: boolean;
}

/** Users that come into a locked chat. */
export interface Arrivals {
  head: LogHead;
  arrivals: readonly Arrival[];
  /** Whether all of them were invited already. */
  areKnown?: boolean;
}

/** Members that are no longer any of a locked chat. */
export interface Departures {
  head: LogHead;
  gone: readonly MemberEntity[];
}

/**
 * Writes who comes and goes into locked chats: the members, the entries of the logs, and the news for those above. All statements
 * go out at once, whatever the number of chats; the heads must then be advanced.
 */
@Injectable()
export class MemberWriter {
  constructor(
    private readonly members: MembersRepository,
    private readonly chats: ChatsRepository,
    private readonly log: ChatLog,
    private readonly events: DomainEvents,
    private readonly remover: ChatRemover,
  ) {}

  /** Removes chats with their members, in the open transaction. */
  async removeChats(chatIds: readonly string[]): Promise<void> {
    await this.remover.remove(chatIds);
  }

  /** Tells that a chat has got another picture. @param url empty for none */
  announcePicture(chatId: string, url: string): Promise<void> {
    return this.events.publish(new ChatPictureChanged(chatId, url));
  }

  /** Who joins is told of what comes from its own entry on, which is the first that its lanes read. */
  async admit(groups: readonly Arrivals[], actorId: string | null): Promise<void> {
    const entries: NewChatEvent[] = [];
    const rows: MemberEntity[] = [];
    const news: MembersJoined[] = [];
    for (const { head, arrivals } of groups) {
      const { lastSeq } = head;
      const members = arrivals.map((arrival) => toMember(head, arrival, actorId, entries));
      rows.push(...members);
      const joined = members.filter(({ state }) => state === 'joined').map(({ userId }) => userId);
      if (joined.length > 0) news.push(new MembersJoined(head.chatId, joined, lastSeq));
    }
    await together([
      this.members.put(rows),
      this.log.insertEvents(entries),
      this.chats.endDistinct(groups.filter(({ areKnown }) => !areKnown).map(({ head }) => head.chatId)),
      ...news.map((event) => this.events.publish(event)),
    ]);
  }

  async dismiss(groups: readonly Departures[], actorId: string | null): Promise<void> {
    const entries: NewChatEvent[] = [];
    const news: MembersLeft[] = [];
    for (const { head, gone } of groups) {
      const ended: EndedMembership[] = [];
      for (const { userId, state, isBot, joinedSeq } of gone) {
        const isJoined = state === 'joined';
        const type = isJoined ? 'member.left' : 'member.declined';
        const place = append(head, 'event');
        entries.push({ place, chatId: head.chatId, type, actorId, subjectId: userId });
        if (isJoined) ended.push({ userId, isBot, joinedSeq, leftSeq: place.seq });
      }
      if (ended.some(({ isBot }) => isBot)) head.hasLeavingBot = true;
      if (ended.length > 0) news.push(new MembersLeft(head.chatId, ended));
    }
    await together([
      this.members.remove(groups.flatMap(({ gone }) => gone)),
      this.log.insertEvents(entries),
      this.chats.endDistinct(groups.map(({ head }) => head.chatId)),
      ...news.map((event) => this.events.publish(event)),
    ]);
  }
}

/** @param entries of the logs, to which the arrival's own is added unless it is silent */
function toMember(
  head: LogHead,
  { userId, state, inviterId, role = 'none', silent = false, founding = false }: Arrival,
  actorId: string | null,
  entries: NewChatEvent[],
): MemberEntity {
  const isJoined = state === 'joined';
  const type = isJoined ? 'member.joined' : 'member.invited';
  const place = silent ? { seq: head.lastSeq, at: head.lastAt } : append(head, 'event');
  const details = founding ? { isFounding: true } : undefined;
  if (!silent) entries.push({ place, chatId: head.chatId, type, actorId, subjectId: userId, details });
  const at = new Date(place.at);
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
}
