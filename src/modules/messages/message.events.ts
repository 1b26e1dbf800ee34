import { DomainEvent } from '../../core/events/domain-event.js';
import type { MessageEntity } from './message.entity.js';

/** New messages of one or several chats. Always plural: concurrent sends share a transaction. */
export class MessagesSent extends DomainEvent {
  constructor(readonly messages: readonly MessageEntity[]) {
    super();
  }
}

/** Edited messages, in their state after the edit. */
export class MessagesEdited extends DomainEvent {
  constructor(readonly messages: readonly MessageEntity[]) {
    super();
  }
}

/** A message that one user has hidden. */
export class MessageHidden extends DomainEvent {
  constructor(
    readonly userId: string,
    readonly chatId: string,
    readonly messageId: string,
  ) {
    super();
  }
}

/** A user has cleared its own view of a chat's history. */
export class HistoryCleared extends DomainEvent {
  constructor(
    readonly userId: string,
    readonly chatId: string,
  ) {
    super();
  }
}

/** Messages deleted for all: only their ids, chats and times are left. */
export class MessagesRemoved extends DomainEvent {
  constructor(readonly messages: readonly MessageEntity[]) {
    super();
  }
}
