import { Injectable } from '@nestjs/common';
import { settleAll } from '../../core/database/database.js';
import { ChatLog, type ChatLogHead, requireGroup } from './chat-log.js';
import type { ChatEntity } from './chat.entity.js';
import { ChatsRepository } from './chats.repository.js';
import { type Invitees, InviteesLoader, requireUser } from './invitees.js';
import type { MemberEntity } from './member.entity.js';
import { MembersRepository } from './members.repository.js';

/** A group that the open transaction has locked, with the data that membership changes need. */
export interface LockedGroup {
  head: ChatLogHead;
  chat: ChatEntity;
  /** The affected members by user id. */
  members: ReadonlyMap<string, MemberEntity>;
  memberCount: number;
}

/** The users of a membership change. */
export interface AffectedUsers {
  ids: readonly string[];
  /** Throws if a user does not meet the requirements. */
  check: (id: string, invitees: Invitees) => unknown;
  /** Further users that must exist. */
  others?: readonly string[];
}

/** Locks groups and loads them with the affected users, in one round trip. */
@Injectable()
export class GroupLocks {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly invitees: InviteesLoader,
    private readonly chatLog: ChatLog,
  ) {}

  /** @throws DomainError not_found `chat.not_found`; invalid `chat.not_a_group`; as `users.check` */
  async lock(ids: readonly string[], users: AffectedUsers): Promise<{ groups: LockedGroup[]; invitees: Invitees }> {
    const [heads, chats, members, counts, invitees] = await settleAll([
      this.chatLog.lock(ids),
      this.chats.findMany(ids),
      this.members.find(ids, users.ids),
      this.members.countByChat(ids),
      this.invitees.load(users.ids, users.others),
    ]);
    for (const id of users.ids) users.check(id, invitees);
    for (const id of users.others ?? []) requireUser(id, invitees);
    const chatOf = new Map(chats.map((chat) => [chat.id, chat]));
    const groups = ids.map((id): LockedGroup => {
      const head = requireGroup(heads.get(id), id);
      const own = members.filter(({ chatId }) => chatId === id);
      const byUserId = new Map(own.map((member) => [member.userId, member]));
      return { head, chat: chatOf.get(id)!, members: byUserId, memberCount: counts.get(id) ?? 0 };
    });
    return { groups, invitees };
  }
}
