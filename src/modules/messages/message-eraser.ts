import { Injectable } from '@nestjs/common';
import { Database, together } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { toErasure, walk } from '../../core/deletion/erasure.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { append, ChatEraser, ChatLog } from '../chats/index.js';
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
    private readonly log: ChatLog,
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
    const erasure = toErasure(task);
    return walk(this.database, this.tasks, task, 'messages', async (after) => {
      const chatIds = await this.chats.page(after, CHATS);
      const found = chatIds.length > 0 ? await this.erasures.find(erasure, chatIds, MESSAGES) : [];
      if (found.length > 0) await this.eraseFound(found, erasure.erasedAs);
      if (found.length === MESSAGES) return after;
      return chatIds.length < CHATS ? null : chatIds[chatIds.length - 1];
    });
  }

  private async eraseFound(found: readonly ErasedMessage[], erasedAs: string): Promise<void> {
    const heads = await this.log.lock(found.map(({ chatId }) => chatId));
    const standing = found.filter(({ isStanding, chatId }) => isStanding && heads.has(chatId));
    const entries = standing.map(({ id, chatId }) => {
      const head = heads.get(chatId)!;
      head.newMessages -= 1;
      const place = append(head, 'event');
      return { chatId, place, type: 'message.removed' as const, actorId: null, subjectId: id };
    });
    const erased = await this.erasures.erase(
      found.map(({ id }) => id),
      erasedAs,
    );
    await together([
      this.log.insertEvents(entries),
      this.events.publish(new MessagesRemoved(erased)),
      this.log.advance([...heads.values()].filter(({ chatId }) => entries.some((entry) => entry.chatId === chatId))),
    ]);
  }
}
