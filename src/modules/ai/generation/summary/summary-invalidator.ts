import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../../../core/events/on-domain-event.decorator.js';
import { ChatCleared } from '../../../chats/index.js';
import { type MessageEntity, MessagesEdited, MessagesRemoved, MessagesSent } from '../../../messages/index.js';
import { isReset } from '../context/context-builder.js';
import { type SummaryInvalidation, SummariesRepository } from './summaries.repository.js';

/**
 * Invalidates summaries when their messages are deleted or edited, or the chat is cleared or reset, in the transaction of the event.
 * The next reply starts a new summary.
 */
@Injectable()
export class SummaryInvalidator {
  constructor(private readonly summaries: SummariesRepository) {}

  @OnDomainEvent(MessagesRemoved, 'in-transaction')
  invalidateRemoved({ messages }: MessagesRemoved): Promise<void> {
    return this.summaries.invalidate(changesOf(messages));
  }

  @OnDomainEvent(ChatCleared, 'in-transaction')
  invalidateCleared({ chatId, untilSeq }: ChatCleared): Promise<void> {
    return this.summaries.invalidate([{ chatId, seq: 0, upToSeq: untilSeq }]);
  }

  @OnDomainEvent(MessagesEdited, 'in-transaction')
  invalidateEdited({ messages }: MessagesEdited): Promise<void> {
    return this.summaries.invalidate(changesOf(messages));
  }

  @OnDomainEvent(MessagesSent, 'in-transaction')
  async invalidateReset({ messages }: MessagesSent): Promise<void> {
    const resets = messages.filter(({ body }) => isReset(body));
    if (resets.length === 0) return;
    await this.summaries.invalidate(resets.map(({ chatId, seq }) => ({ chatId, seq: 0, upToSeq: seq })));
  }
}

/** The earliest message of each chat decides whether a summary covers any of them. */
function changesOf(messages: readonly MessageEntity[]): SummaryInvalidation[] {
  const earliest = new Map<string, number>();
  for (const { chatId, seq } of messages) earliest.set(chatId, Math.min(seq, earliest.get(chatId) ?? Infinity));
  return [...earliest].map(([chatId, seq]) => ({ chatId, seq, upToSeq: 0 }));
}
