import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import type { DeletionTask } from '../../core/deletion/deletion-tasks.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { FilesService } from '../files/index.js';
import { MessagesRemoved } from './message.events.js';
import { MessageRemovalsRepository } from './message-removals.repository.js';

/** Deletion task steps for messages. */
@Injectable()
export class MessageRemover {
  constructor(
    private readonly removals: MessageRemovalsRepository,
    private readonly files: FilesService,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /** Messages of deleted chats. Steps of other modules delete the other data of such a chat. */
  @DeleteWith('chat')
  deleteByChats(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    return this.database.transaction(async () => {
      const ids = await this.removals.deleteByChats(idsOf(tasks), untilsOf(tasks), limit);
      await this.files.unlink(ids);
      return ids.length;
    });
  }

  /** Messages of chats whose history is cleared. Publishes `MessagesRemoved`, as for a single message. */
  @DeleteWith('history')
  clearHistories(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    return this.database.transaction(async () => {
      const messages = await this.removals.clearByChats(idsOf(tasks), untilsOf(tasks), limit);
      if (messages.length > 0) await this.events.publish(new MessagesRemoved(messages));
      return messages.length;
    });
  }

  @DeleteWith('user')
  async deleteHidden(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let count = 0;
    for (const { subjectId, createdAt } of tasks)
      count += await this.removals.deleteHidden([subjectId], createdAt, limit);
    return count;
  }
}

const idsOf = (tasks: readonly DeletionTask[]): string[] => tasks.map(({ subjectId }) => subjectId);
const untilsOf = (tasks: readonly DeletionTask[]): number[] => tasks.map(({ until }) => until);
