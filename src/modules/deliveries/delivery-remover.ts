import { Injectable } from '@nestjs/common';
import { settleAll } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { ChatCleared, ChatsRemoved } from '../chats/index.js';
import { MessagesRemoved } from '../messages/index.js';
import { DeliveryRemovalsRepository } from './delivery-removals.repository.js';
import { type SubscriptionKey, SubscriptionsRepository } from './subscriptions.repository.js';

/** Stops the deliveries of deleted chats and messages at once. Deletion tasks delete the records of past deliveries. */
@Injectable()
export class DeliveryRemover {
  constructor(
    private readonly removals: DeliveryRemovalsRepository,
    private readonly subscriptions: SubscriptionsRepository,
    private readonly tasks: DeletionTasks,
  ) {}

  @OnDomainEvent(ChatsRemoved, 'in-transaction')
  async endChats({ chats }: ChatsRemoved): Promise<void> {
    this.tasks.enqueueAfterCommit();
    await this.removals.removeSubscriptions(chats);
  }

  @OnDomainEvent(ChatCleared, 'in-transaction')
  clear({ chatId, untilSeq }: ChatCleared): Promise<void> {
    return this.removals.clear(chatId, untilSeq);
  }

  /** Erases the request and response bodies of removed messages. */
  @OnDomainEvent(MessagesRemoved, 'in-transaction')
  async eraseBodies({ messages }: MessagesRemoved): Promise<void> {
    const seqsOf = new Map<string, number[]>();
    for (const { chatId, seq } of messages) {
      const seqs = seqsOf.get(chatId);
      if (seqs) seqs.push(seq);
      else seqsOf.set(chatId, [seq]);
    }
    await settleAll([...seqsOf].map(([chatId, seqs]) => this.subscriptions.erase(chatId, seqs)));
  }

  @DeleteWith('subscription')
  deleteOfSubscriptions(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    return this.removals.deleteOfSubscriptions(
      tasks.map(({ subjectId }) => subscriptionOf(subjectId)),
      tasks.map(({ until }) => until),
      limit,
    );
  }
}

/** An endpoint id is a ULID without spaces; a chat id may contain any character. */
function subscriptionOf(subject: string): SubscriptionKey {
  const end = subject.indexOf(' ');
  return { endpointId: subject.slice(0, end), chatId: subject.slice(end + 1) };
}
