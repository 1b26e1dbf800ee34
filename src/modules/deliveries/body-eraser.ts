import { Injectable } from '@nestjs/common';
import { settleAll } from '../../core/database/database.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { MessagesRemoved } from '../messages/index.js';
import { SubscriptionsRepository } from './subscriptions.repository.js';

/** Erases the request and response bodies of removed messages. */
@Injectable()
export class BodyEraser {
  constructor(private readonly subscriptions: SubscriptionsRepository) {}

  @OnDomainEvent(MessagesRemoved, 'in-transaction')
  async erase({ messages }: MessagesRemoved): Promise<void> {
    const seqsOf = new Map<string, number[]>();
    for (const { chatId, seq } of messages) {
      const seqs = seqsOf.get(chatId);
      if (seqs) seqs.push(seq);
      else seqsOf.set(chatId, [seq]);
    }
    await settleAll([...seqsOf].map(([chatId, seqs]) => this.subscriptions.erase(chatId, seqs)));
  }
}
