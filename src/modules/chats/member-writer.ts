import { Injectable } from '@nestjs/common';
import { settleAll } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { nextEntry, ChatLog, type ChatLogHead, type NewChatEvent } from './chat-log.js';
import { type EndedMembership, MembersJoined, MembersLeft } from './chat.events.js';
import { ChatsRepository } from './chats.repository.js';
import type { HiddenState, MemberEntity, MemberRole, MemberState } from './member.entity.js';
import { MembersRepository } from './members.repository.js';
import { newMember } from './new-chat.js';

/** A user that joins or is invited. */
export interface MemberAddition {
  userId: string;
  state: MemberState;
  inviterId: string | null;
  role?: MemberRole;
  /** Adds no log entry. Set for people who are initial members of a group. */
  isSilent?: boolean;
  /** Whether the user is an initial member of the chat. */
  isInitial?: boolean;
  /** Hides the history before the addition from the user. */
  hidesHistory?: boolean;
}

/** Users to add to a locked chat. */
export interface MemberAdditions {
  head: ChatLogHead;
  additions: readonly MemberAddition[];
  /** Whether a distinct group stays distinct: all users were invited before, or the group is new. */
  keepsDistinct?: boolean;
  /** New hidden states of members, by user id. */
  hiddenStates?: Readonly<Record<string, HiddenState>>;
}

/** Members to remove from a locked chat. */
export interface MemberRemovals {
  head: ChatLogHead;
  members: readonly MemberEntity[];
}

/**
 * Adds and removes members of locked chats: writes the members and the log entries, and publishes the domain events. All statements
 * are sent at once, for any number of chats. The caller then advances the heads.
 */
@Injectable()
export class MemberWriter {
  constructor(
    private readonly members: MembersRepository,
    private readonly chats: ChatsRepository,
    private readonly chatLog: ChatLog,
    private readonly events: DomainEvents,
  ) {}

  async addMembers(groups: readonly MemberAdditions[], actorId: string | null): Promise<void> {
    const entries: NewChatEvent[] = [];
    const rows: MemberEntity[] = [];
    const published: MembersJoined[] = [];
    for (const { head, additions } of groups) {
      const { lastSeq } = head;
      const members = additions.map((addition) => toMember(head, addition, actorId, entries));
      rows.push(...members);
      const joined = members.filter(({ state }) => state === 'joined').map(({ userId }) => userId);
      if (joined.length > 0) published.push(new MembersJoined(head.chatId, joined, lastSeq));
    }
    await settleAll([
      this.members.upsert(rows),
      this.chatLog.insertEvents(entries),
      this.chats.clearDistinct(groups.filter((group) => !group.keepsDistinct).map(({ head }) => head.chatId)),
      ...groups.map(({ head, hiddenStates = {} }) => this.members.setHidden(head.chatId, hiddenStates, head.lastSeq)),
      ...published.map((event) => this.events.publish(event)),
    ]);
  }

  async removeMembers(groups: readonly MemberRemovals[], actorId: string | null): Promise<void> {
    const entries: NewChatEvent[] = [];
    const published: MembersLeft[] = [];
    for (const { head, members } of groups) {
      const ended: EndedMembership[] = [];
      for (const { userId, state, isBot, joinedSeq } of members) {
        const isJoined = state === 'joined';
        const type = isJoined ? 'member.left' : 'member.declined';
        const position = nextEntry(head, 'event');
        entries.push({ position, chatId: head.chatId, type, actorId, subjectId: userId });
        if (isJoined) ended.push({ userId, isBot, joinedSeq, leftSeq: position.seq });
      }
      if (ended.some(({ isBot }) => isBot)) head.hasLeavingBot = true;
      if (ended.length > 0) published.push(new MembersLeft(head.chatId, ended));
    }
    await settleAll([
      this.members.remove(groups.flatMap(({ members }) => members)),
      this.chatLog.insertEvents(entries),
      this.chats.clearDistinct(groups.map(({ head }) => head.chatId)),
      ...published.map((event) => this.events.publish(event)),
    ]);
  }
}

/** @param entries receives the log entry of the addition, unless it is silent */
function toMember(
  head: ChatLogHead,
  {
    userId,
    state,
    inviterId,
    role = 'none',
    isSilent = false,
    isInitial = false,
    hidesHistory = false,
  }: MemberAddition,
  actorId: string | null,
  entries: NewChatEvent[],
): MemberEntity {
  const isJoined = state === 'joined';
  const type = isJoined ? 'member.joined' : 'member.invited';
  const position = isSilent ? { seq: head.lastSeq, at: head.lastAt } : nextEntry(head, 'event');
  const details = isInitial ? { isInitial: true } : undefined;
  if (!isSilent) entries.push({ position, chatId: head.chatId, type, actorId, subjectId: userId, details });
  const at = new Date(position.at);
  return newMember({
    chatId: head.chatId,
    userId,
    state,
    role,
    inviterId,
    readSeq: position.seq,
    invitedAt: isJoined ? null : at,
    joinedAt: isJoined ? at : null,
    joinedSeq: isJoined ? position.seq : 0,
    historyFrom: hidesHistory ? at : null,
  });
}
