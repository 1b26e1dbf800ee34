import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { toUserDeletion, scanTable } from '../../core/deletion/user-deletion.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { nextEntry, ChatEraser, ChatLog } from '../chats/index.js';
import { FilesService } from '../files/index.js';
import { MessagesRemoved } from './message.events.js';
import { type ErasedMessage, MessageDeletionsRepository } from './message-deletions.repository.js';

const CHATS = 200;
/** Maximum messages per transaction. Each one is an entry of its chat log, whose row is locked meanwhile. */
const MESSAGES = 200;

/** Deletes messages with their chat, its history or a user. */
@Injectable()
export class MessageRemover {
  constructor(
    private readonly deletions: MessageDeletionsRepository,
    private readonly files: FilesService,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /** Messages of deleted chats. Steps of other modules delete the other data of such a chat. */
  @DeleteWith('chat')
  deleteByChats(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    return this.database.transaction(async () => {
      const ids = await this.deletions.deleteByChats(idsOf(tasks), untilsOf(tasks), limit);
      await this.files.unlink(ids);
      return ids.length;
    });
  }

  /** Messages of chats whose history is cleared. Publishes `MessagesRemoved`, as for a single message. */
  @DeleteWith('history')
  clearHistories(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    return this.database.transaction(async () => {
      const messages = await this.deletions.clearByChats(idsOf(tasks), untilsOf(tasks), limit);
      if (messages.length > 0) await this.events.publish(new MessagesRemoved(messages));
      return messages.length;
    });
  }

  @DeleteWith('user')
  async deleteHidden(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let count = 0;
    for (const { subjectId, createdAt } of tasks)
      count += await this.deletions.deleteHidden([subjectId], createdAt, limit);
    return count;
  }
}

/** Deletes the messages of erased persons in groups, each with an entry of the log, as a single deletion does. */
@Injectable()
export class MessageEraser {
  constructor(
    private readonly deletions: MessageDeletionsRepository,
    private readonly chats: ChatEraser,
    private readonly chatLog: ChatLog,
    private readonly events: DomainEvents,
    private readonly tasks: DeletionTasks,
    private readonly database: Database,
  ) {}

  @DeleteWith('erasure')
  async erase(tasks: readonly DeletionTask[]): Promise<number> {
    let count = 0;
    for (const task of tasks) count += await this.erasePage(task);
    return count;
  }

  private erasePage(task: DeletionTask): Promise<number> {
    const erasure = toUserDeletion(task);
    return scanTable(this.database, this.tasks, task, 'messages', async (after) => {
      const chatIds = await this.chats.page(after, CHATS);
      const found = chatIds.length > 0 ? await this.deletions.findBySender(erasure, chatIds, MESSAGES) : [];
      if (found.length > 0) await this.eraseMessages(found, erasure.replacementId);
      if (found.length === MESSAGES) return after;
      return chatIds.length < CHATS ? null : chatIds[chatIds.length - 1];
    });
  }

  private async eraseMessages(found: readonly ErasedMessage[], replacementId: string): Promise<void> {
    const heads = await this.chatLog.lock(found.map(({ chatId }) => chatId));
    const counted = found.filter(({ isCounted, chatId }) => isCounted && heads.has(chatId));
    const entries = counted.map(({ id, chatId }) => {
      const head = heads.get(chatId)!;
      head.newMessages -= 1;
      const position = nextEntry(head, 'event');
      return { chatId, position, type: 'message.removed' as const, actorId: null, subjectId: id };
    });
    const erased = await this.deletions.erase(
      found.map(({ id }) => id),
      replacementId,
    );
    await settleAll([
      this.chatLog.insertEvents(entries),
      this.events.publish(new MessagesRemoved(erased)),
      this.chatLog.advance(
        [...heads.values()].filter(({ chatId }) => entries.some((entry) => entry.chatId === chatId)),
      ),
    ]);
  }
}

const idsOf = (tasks: readonly DeletionTask[]): string[] => tasks.map(({ subjectId }) => subjectId);
const untilsOf = (tasks: readonly DeletionTask[]): number[] => tasks.map(({ until }) => until);
