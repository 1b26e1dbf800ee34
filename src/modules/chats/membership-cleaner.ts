import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import type { Actor } from '../auth/index.js';
import { UserMembershipsEnding } from '../users/index.js';
import { ChatLog } from './chat-log.js';
import { GroupLocks } from './group-locks.js';
import { MemberWriter } from './member-writer.js';
import { MembersRepository } from './members.repository.js';

/** Maximum groups left in one request. A bot may be in more; a deletion task removes it from the others. */
const MAX_GROUPS = 2000;
/** Maximum members removed from a super group in one request. A deletion task removes the others. */
const MAX_MEMBERS = 2000;
/** Maximum groups that one transaction of the deletion task locks. */
const TASK_GROUPS = 200;

export interface LeaveGroups {
  /** Only groups with this custom type. */
  customType?: string;
  /** Only memberships that began at or before this time. */
  until?: Date;
  limit?: number;
}

/** Ends many memberships at once: all groups of a user, or all members of a group. */
@Injectable()
export class MembershipCleaner {
  constructor(
    private readonly groups: GroupLocks,
    private readonly members: MembersRepository,
    private readonly writer: MemberWriter,
    private readonly chatLog: ChatLog,
    private readonly tasks: DeletionTasks,
    private readonly database: Database,
  ) {}

  /** Removes a user from all its groups. A deletion task removes it from the groups above a limit. */
  leaveAllGroups(userId: string, customType?: string): Promise<void> {
    return this.database.transaction(async () => {
      const count = await this.leave(userId, { customType, limit: MAX_GROUPS });
      if (count < MAX_GROUPS) return;
      await this.tasks.add('memberships', [
        { id: userId, until: Date.now(), details: { customType: customType ?? null } },
      ]);
    });
  }

  @OnDomainEvent(UserMembershipsEnding, 'in-transaction')
  async onUserMembershipsEnding({ userId }: UserMembershipsEnding): Promise<void> {
    await this.leaveAllGroups(userId);
  }

  @DeleteWith('memberships')
  async processMembershipTasks(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let total = 0;
    for (const { subjectId, details, createdAt } of tasks) {
      const groups = { customType: details.customType ?? undefined, until: createdAt };
      total += await this.leave(subjectId, { ...groups, limit: Math.min(limit, TASK_GROUPS) });
    }
    return total;
  }

  /** Removes all members of a group. A deletion task removes the members above a limit. @throws as `GroupLocks.lock` */
  removeAllMembers(actor: Actor, chatId: string): Promise<void> {
    return this.database.transaction(async () => {
      const [[{ head }], members] = await settleAll([
        this.groups.lock(actor, [chatId], {}),
        this.members.findBatch(chatId, MAX_MEMBERS),
      ]);
      if (members.length === 0) return;
      await settleAll([
        this.writer.removeMembers([{ head, members }], null),
        this.chatLog.advance([head]),
        members.length < MAX_MEMBERS ? undefined : this.tasks.add('members', [{ id: chatId, until: Date.now() }]),
      ]);
    });
  }

  @DeleteWith('members')
  async processMemberTasks(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let total = 0;
    for (const { subjectId, createdAt } of tasks) {
      total += await this.database.transaction(async () => {
        const head = (await this.chatLog.lock([subjectId])).get(subjectId);
        const members = head ? await this.members.findBatch(subjectId, limit, createdAt) : [];
        if (!head || members.length === 0) return 0;
        await settleAll([this.writer.removeMembers([{ head, members }], null), this.chatLog.advance([head])]);
        return members.length;
      });
    }
    return total;
  }

  /** @returns the number of groups left, at most `limit` */
  private leave(userId: string, { limit = MAX_GROUPS, ...groups }: LeaveGroups): Promise<number> {
    return this.database.transaction(async () => {
      const filter = { userId, limit, ...groups };
      // Sent together, in this order: the members are read under the locks.
      const [heads, members] = await settleAll([this.chatLog.lockGroupsOf(filter), this.members.findInGroups(filter)]);
      const removals = members.flatMap((member) => {
        const head = heads.get(member.chatId);
        return head ? [{ head, members: [member] }] : [];
      });
      if (removals.length > 0) {
        await settleAll([
          this.writer.removeMembers(removals, null),
          this.chatLog.advance(removals.map(({ head }) => head)),
        ]);
      }
      // After a wait for the locks the two may be different pages. A full page of either means that more may be left.
      return Math.max(heads.size, members.length);
    });
  }
}
