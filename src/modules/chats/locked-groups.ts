import { Injectable } from '@nestjs/common';
import { together } from '../../core/database/database.js';
import { ChatLog, type LogHead, mustBeGroup } from './chat-log.js';
import type { ChatEntity } from './chat.entity.js';
import { ChatsRepository } from './chats.repository.js';
import { type Invitees, InviteesReader, mustExist } from './invitees.js';
import type { MemberEntity } from './member.entity.js';
import { MembersRepository } from './members.repository.js';

/** A group that the open transaction has locked, and what must be known of it to let somebody in or out. */
export interface LockedGroup {
  head: LogHead;
  chat: ChatEntity;
  /** Those members that it is about, by user id. */
  members: ReadonlyMap<string, MemberEntity>;
  memberCount: number;
}

/** Whom it is about when somebody is let in or out. */
export interface ConcernedUsers {
  ids: readonly string[];
  /** What they have to be. */
  must: (id: string, invitees: Invitees) => unknown;
  /** Who else has to exist. */
  others?: readonly string[];
}

/** Locks groups, and reads with it all that there is to know of them and of the users who come or go: one round trip. */
@Injectable()
export class LockedGroups {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly members: MembersRepository,
    private readonly invitees: InviteesReader,
    private readonly log: ChatLog,
  ) {}

  /** @throws DomainError not_found `chat.not_found`; invalid `chat.not_a_group`; as the users' `must` */
  async lock(ids: readonly string[], users: ConcernedUsers): Promise<{ groups: LockedGroup[]; invitees: Invitees }> {
    const [heads, chats, members, counts, invitees] = await together([
      this.log.lock(ids),
      this.chats.findMany(ids),
      this.members.find(ids, users.ids),
      this.members.counts(ids),
      this.invitees.read(users.ids, users.others),
    ]);
    for (const id of users.ids) users.must(id, invitees);
    for (const id of users.others ?? []) mustExist(id, invitees);
    const chatOf = new Map(chats.map((chat) => [chat.id, chat]));
    const groups = ids.map((id): LockedGroup => {
      const head = mustBeGroup(heads.get(id), id);
      const own = members.filter(({ chatId }) => chatId === id);
      const named = new Map(own.map((member) => [member.userId, member]));
      return { head, chat: chatOf.get(id)!, members: named, memberCount: counts.get(id) ?? 0 };
    });
    return { groups, invitees };
  }
}
