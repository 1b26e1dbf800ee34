import { Injectable } from '@nestjs/common';
import { Database, together } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { UserLeaving } from '../users/index.js';
import { ChatLog } from './chat-log.js';
import { type Invitees, InviteesReader } from './invitees.js';
import { MemberWriter } from './member-writer.js';
import { MembersRepository } from './members.repository.js';

/** Groups that a user leaves in one request. People cannot be in more; bots may be, and leave the others by a deletion task. */
const MAX_GROUPS = 2000;
/** Groups that one transaction of the deletion task locks. */
const TASK_GROUPS = 200;

export interface LeaveGroups {
  /** Only groups with this one. */
  customType?: string;
  /** Only memberships that are no younger. */
  until?: Date;
  limit?: number;
}

/** Lets users leave many groups at once. */
@Injectable()
export class GroupLeaver {
  constructor(
    private readonly members: MembersRepository,
    private readonly writer: MemberWriter,
    private readonly invitees: InviteesReader,
    private readonly log: ChatLog,
    private readonly tasks: DeletionTasks,
    private readonly database: Database,
  ) {}

  /** A user leaves all its groups. @param must what the user has to be; nothing is looked up without it */
  leaveAll(
    userId: string,
    { customType, must }: { customType?: string; must?: (id: string, invitees: Invitees) => unknown } = {},
  ): Promise<void> {
    return this.database.transaction(async () => {
      const [count, invitees] = await together([
        this.leave(userId, { customType, limit: MAX_GROUPS }),
        must && this.invitees.read([userId]),
      ]);
      if (invitees) must?.(userId, invitees);
      if (count < MAX_GROUPS) return;
      await this.tasks.add('memberships', [
        { id: userId, until: Date.now(), details: { customType: customType ?? null } },
      ]);
    });
  }

  /** Who is deleted or deactivated leaves its groups, and its bots' owners are told. */
  @OnDomainEvent(UserLeaving, 'in-transaction')
  async leaveAsDeleted({ userId }: UserLeaving): Promise<void> {
    await this.leaveAll(userId);
  }

  @DeleteWith('memberships')
  async leaveByTask(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let total = 0;
    for (const { subjectId, details, createdAt } of tasks) {
      const groups = { customType: details.customType ?? undefined, until: createdAt };
      total += await this.leave(subjectId, { ...groups, limit: Math.min(limit, TASK_GROUPS) });
    }
    return total;
  }

  /** In the open transaction: all who are in a group now leave it, batch by batch. */
  emptyLater(chatId: string): Promise<void> {
    return this.tasks.add('members', [{ id: chatId, until: Date.now() }]);
  }

  @DeleteWith('members')
  async emptyByTask(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let total = 0;
    for (const { subjectId, createdAt } of tasks) {
      total += await this.database.transaction(async () => {
        const head = (await this.log.lock([subjectId])).get(subjectId);
        const gone = head ? await this.members.some(subjectId, limit, createdAt) : [];
        if (!head || gone.length === 0) return 0;
        await together([this.writer.dismiss([{ head, gone }], null), this.log.advance([head])]);
        return gone.length;
      });
    }
    return total;
  }

  /** @returns how many groups it has left, at most `limit` */
  private leave(userId: string, { limit = MAX_GROUPS, ...groups }: LeaveGroups): Promise<number> {
    return this.database.transaction(async () => {
      const wanted = { userId, limit, ...groups };
      // Sent together: the members are read once the locks are had.
      const [heads, members] = await together([this.log.lockGroupsOf(wanted), this.members.inGroups(wanted)]);
      const departures = members.flatMap((member) => {
        const head = heads.get(member.chatId);
        return head ? [{ head, gone: [member] }] : [];
      });
      if (departures.length > 0) {
        await together([this.writer.dismiss(departures, null), this.log.advance(departures.map(({ head }) => head))]);
      }
      // The two may be different pages when the locks had to be waited for: a page of either means that more may be left.
      return Math.max(heads.size, members.length);
    });
  }
}
