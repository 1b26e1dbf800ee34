import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { toUserDeletion, scanTable } from '../../core/deletion/user-deletion.js';
import { ChatDeletionsRepository } from './chat-deletions.repository.js';

const PAGE = 200;

/** Replaces the ids of erased persons in groups. */
@Injectable()
export class ChatEraser {
  constructor(
    private readonly deletions: ChatDeletionsRepository,
    private readonly tasks: DeletionTasks,
    private readonly database: Database,
  ) {}

  @DeleteWith('erasure')
  async erase(tasks: readonly DeletionTask[]): Promise<number> {
    let count = 0;
    for (const task of tasks) count += await this.erasePage(task);
    return count;
  }

  /** A page of groups and channels after an id: an erased person may have sent messages in them. */
  page(after: string, limit: number): Promise<string[]> {
    return this.deletions.listGroups(after, limit);
  }

  private erasePage(task: DeletionTask): Promise<number> {
    const { userId, replacementId, until } = toUserDeletion(task);
    return scanTable(this.database, this.tasks, task, 'groups', async (after) => {
      const ids = await this.deletions.listGroups(after, PAGE);
      if (ids.length > 0) await this.deletions.replaceUserId(ids, userId, replacementId, until);
      return ids.length < PAGE ? null : ids[ids.length - 1];
    });
  }
}
