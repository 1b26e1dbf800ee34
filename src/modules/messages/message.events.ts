import { DomainEvent } from '../../core/events/domain-event.js';
import type { MessageEntity } from './message.entity.js';

/** New messages, of one chat or several. Always in the plural: concurrent sends share a transaction. */
export class MessagesSent extends DomainEvent {
  constructor(readonly messages: readonly MessageEntity[]) {
    super();
  }
}

/** Messages whose text, or something else of them, is another now. They are as they are after the change. */
export class MessagesEdited extends DomainEvent {
  constructor(readonly messages: readonly MessageEntity[]) {
    super();
  }
}

/** A message that one user does not want to see any more. */
export class MessageHidden extends DomainEvent {
  constructor(
    readonly userId: string,
    readonly chatId: string,
    readonly messageId: string,
  ) {
    super();
  }
}

/** A user sees nothing any more of what was said in a chat so far. */
export class HistoryCleared extends DomainEvent {
  constructor(
    readonly userId: string,
    readonly chatId: string,
  ) {
    super();
  }
}

/** Messages that are gone for all: only their ids, chats and times are left. */
export class MessagesRemoved extends DomainEvent {
  constructor(readonly messages: readonly MessageEntity[]) {
    super();
  }
}
