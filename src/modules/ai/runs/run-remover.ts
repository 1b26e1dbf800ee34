import { Injectable } from '@nestjs/common';
import { DeleteWith } from '../../../core/deletion/deletion-step.decorator.js';
import type { DeletionTask } from '../../../core/deletion/deletion-tasks.js';
import { toUserDeletion } from '../../../core/deletion/user-deletion.js';
import { OnDomainEvent } from '../../../core/events/on-domain-event.decorator.js';
import { ChatsRemoved } from '../../chats/index.js';
import { RunRemovalsRepository } from './run-removals.repository.js';

/** Deletes the open runs of deleted chats at once, and all other data by deletion tasks. Removes erased users from runs. */
@Injectable()
export class RunRemover {
  constructor(private readonly removals: RunRemovalsRepository) {}

  @OnDomainEvent(ChatsRemoved, 'in-transaction')
  deleteOpenRuns({ chats }: ChatsRemoved): Promise<void> {
    return this.removals.deleteOpen(
      chats.flatMap(({ chatId, memberIds }) => memberIds.map((botId) => ({ chatId, botId }))),
    );
  }

  @DeleteWith('chat')
  deleteOfChats(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    return this.removals.deleteByChats(
      tasks.map(({ subjectId }) => subjectId),
      tasks.map(({ until }) => until),
      limit,
    );
  }

  @DeleteWith('user')
  deleteOfBots(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    return this.removals.deleteByBots(
      tasks.map(({ subjectId }) => subjectId),
      tasks.map(({ createdAt }) => createdAt),
      limit,
    );
  }

  @DeleteWith('user')
  deleteSummariesOfBots(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    return this.removals.deleteSummariesByBots(
      tasks.map(({ subjectId }) => subjectId),
      limit,
    );
  }

  @DeleteWith('erasure')
  async eraseUsers(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let count = 0;
    for (const task of tasks) count += await this.removals.eraseUser(toUserDeletion(task), limit);
    return count;
  }
}
