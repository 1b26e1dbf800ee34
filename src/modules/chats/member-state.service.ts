import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { type Actor, requireService } from '../auth/index.js';
import { ChatQueries } from './chat-queries.js';
import type { ChatEntity } from './chat.entity.js';
import type { HiddenState } from './member.entity.js';
import { type MemberStateChange, MembersRepository } from './members.repository.js';

/** Members changed in the request. A task changes the others of a larger group in batches. */
const MAX_MEMBERS = 2000;

/** Hides a chat from members' lists, or shows it. */
export interface SetHidden {
  /** Undefined for all members, which requires a service. */
  userId: string | undefined;
  hiddenState: HiddenState;
  /** Whether to reset the member's history too. */
  resetHistory?: boolean;
}

/** How members see a chat: hidden from their lists or not, and from which point of its history on. For one member or for all. */
@Injectable()
export class MemberStateService {
  constructor(
    private readonly chatQueries: ChatQueries,
    private readonly members: MembersRepository,
    private readonly tasks: DeletionTasks,
    private readonly database: Database,
  ) {}

  /**
   * Hides a chat from a member's list, or shows it again.
   *
   * @throws DomainError not_found `chat.not_found`, `user.not_found`; forbidden `chat.not_member`
   */
  async setHidden(
    actor: Actor,
    chatId: string,
    { userId, hiddenState, resetHistory = false }: SetHidden,
  ): Promise<void> {
    await this.change(actor, chatId, userId, { hiddenState, isHistoryReset: resetHistory });
  }

  /** Hides the history until now from a member. @returns the new start of the history @throws as `setHidden` */
  resetHistory(actor: Actor, chatId: string, userId: string | undefined): Promise<Date> {
    return this.change(actor, chatId, userId, { hiddenState: null, isHistoryReset: true });
  }

  @DeleteWith('member-states')
  async changeByTask(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let total = 0;
    // Of two changes of a group, the newer one must win.
    for (const task of tasks.toSorted((a, b) => a.until - b.until)) {
      const { subjectId, until, details } = task;
      const change = JSON.parse(details.change!) as Omit<MemberStateChange, 'at'>;
      const changed = await this.members.changeStates(
        subjectId,
        { ...change, at: new Date(until) },
        { after: details.after ?? '', limit },
      );
      const after = changed.at(-1);
      if (after === undefined) continue;
      // A crash before this line repeats a batch, which changes nothing more.
      await this.tasks.saveDetails(task, { after });
      details.after = after;
      total += changed.length;
    }
    return total;
  }

  private async change(
    actor: Actor,
    chatId: string,
    userId: string | undefined,
    wanted: Pick<MemberStateChange, 'hiddenState' | 'isHistoryReset'>,
  ): Promise<Date> {
    if (userId !== undefined) {
      const { chat } = await this.chatQueries.requireMember(actor, chatId, userId);
      const at = endOf(chat);
      await this.members.changeStates(chatId, { ...wanted, seq: chat.lastSeq, at }, { userId, limit: 1 });
      return at;
    }
    requireService(actor);
    const [chat] = await this.chatQueries.getMany([chatId]);
    const at = endOf(chat);
    const change = { ...wanted, seq: chat.lastSeq };
    await this.database.transaction(async () => {
      const changed = await this.members.changeStates(chatId, { ...change, at }, { limit: MAX_MEMBERS });
      if (changed.length < MAX_MEMBERS) return;
      const details = { change: JSON.stringify(change), after: changed.at(-1)! };
      await this.tasks.add('member-states', [{ id: chatId, until: at.getTime(), details }]);
    });
    return at;
  }
}

/** Now, or the time of the newest entry: under load the log time runs ahead of the clock. */
const endOf = ({ lastAt }: ChatEntity): Date => new Date(Math.max(Date.now(), lastAt.getTime()));
