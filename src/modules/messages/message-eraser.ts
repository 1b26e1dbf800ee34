import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { toUserDeletion, scanTable } from '../../core/deletion/user-deletion.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { nextEntry, ChatEraser, ChatLog } from '../chats/index.js';
import { MessagesRemoved } from './message.events.js';
import { MessageErasuresRepository, type ErasedMessage } from './message-erasures.repository.js';

const CHATS = 200;
/** Maximum messages per transaction. Each one is an entry of its chat log, whose row is locked meanwhile. */
const MESSAGES = 200;

/** Deletes the messages of erased persons in groups, each with an entry of the log, as a single deletion does. */
@Injectable()
export class MessageEraser {
  constructor(
    private readonly erasures: MessageErasuresRepository,
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
      const found = chatIds.length > 0 ? await this.erasures.find(erasure, chatIds, MESSAGES) : [];
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
    const erased = await this.erasures.erase(
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
