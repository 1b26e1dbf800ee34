import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import type { Actor } from '../auth/index.js';
import type { ChatEventDetails } from './chat-event.entity.js';
import { ChatLog, type ChatLogHead, logActorId, nextEntry } from './chat-log.js';
import { canManage, isGroup, roleOf } from './chat-roles.js';
import type { ChatEntity } from './chat.entity.js';
import { chatNotFound, noRight, notAGroup, notAMember } from './chat.errors.js';
import { GroupChanged } from './chat.events.js';
import { ChatsRepository } from './chats.repository.js';
import type { MemberEntity } from './member.entity.js';
import { MembersRepository } from './members.repository.js';

/** A group or a channel that the open transaction has locked. */
export interface LockedGroup {
  head: ChatLogHead;
  chat: ChatEntity;
  /** The affected members and the actor's membership, by user id. */
  members: ReadonlyMap<string, MemberEntity>;
}

export interface LockOptions {
  /** The users whose memberships are loaded. */
  userIds?: readonly string[];
  /** What the actor must be in each group, unless it is a service. */
  right?: 'member' | 'manager';
}

/** Describes a change of a group. */
export interface GroupChange {
  /** The names of the changed fields. */
  fields: readonly string[];
  /** The affected members. */
  userIds?: readonly string[];
}

/** Locks groups and channels for changes, and checks what the actor may do in them. */
@Injectable()
export class GroupLocks {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly chatLog: ChatLog,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /**
   * Changes a group under its lock and adds a log entry. Requires a service, or an owner or admin of the group.
   *
   * @param work may fill in the details of the entry before it returns its promise
   * @returns the changed group
   * @throws as `lock`; errors of `work`
   */
  change(
    actor: Actor,
    id: string,
    { fields, userIds }: GroupChange,
    work: (group: LockedGroup, details: ChatEventDetails) => Promise<void>,
  ): Promise<ChatEntity> {
    return this.database.transaction(async () => {
      const [group] = await this.lock(actor, [id], { userIds, right: 'manager' });
      const { head, chat } = group;
      const position = nextEntry(head, 'event');
      Object.assign(chat, { lastSeq: position.seq, lastAt: new Date(position.at) });
      const details: ChatEventDetails = {};
      const event = {
        chatId: id,
        position,
        type: 'chat.changed',
        actorId: logActorId(actor),
        subjectId: null,
      } as const;
      await settleAll([
        work(group, details),
        this.chatLog.insertEvents([{ ...event, details }]),
        this.chatLog.advance([head]),
        this.events.publish(new GroupChanged(id, actor, fields)),
      ]);
      return chat;
    });
  }

  /**
   * Locks groups until the open transaction ends, and loads them in the same round trip.
   *
   * @throws DomainError not_found `chat.not_found`; invalid `chat.not_a_group`; forbidden `chat.not_member`, `chat.no_right`
   */
  async lock(actor: Actor, ids: readonly string[], { userIds = [], right }: LockOptions): Promise<LockedGroup[]> {
    const [heads, chats, members] = await settleAll([
      this.chatLog.lock(ids),
      this.chats.findMany(ids),
      this.members.find(ids, [...userIds, actor.id]),
    ]);
    const chatOf = new Map(chats.map((chat) => [chat.id, chat]));
    return ids.map((id): LockedGroup => {
      const head = heads.get(id);
      if (!head) throw chatNotFound(id);
      const own = members.filter(({ chatId }) => chatId === id);
      const group = { head, chat: chatOf.get(id)!, members: new Map(own.map((member) => [member.userId, member])) };
      checkRight(actor, group, right);
      return group;
    });
  }
}

function checkRight(actor: Actor, { chat, members }: LockedGroup, right: LockOptions['right']): void {
  const own = members.get(actor.id);
  if (actor.kind !== 'service' && (right || !isGroup(chat)) && own?.state !== 'joined')
    throw notAMember(chat.id, actor.id);
  if (!isGroup(chat)) throw notAGroup(chat.id);
  if (actor.kind !== 'service' && right === 'manager' && !canManage(roleOf(chat, own!))) throw noRight(chat.id);
}
