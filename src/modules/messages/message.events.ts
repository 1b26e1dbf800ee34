import { DomainEvent } from '../../core/events/domain-event.js';
import type { MessageEntity } from './message.entity.js';

/** New messages, of one chat or several. Always in the plural: concurrent sends share a transaction. */
export class MessagesSent extends DomainEvent {
  constructor(readonly messages: readonly MessageEntity[]) {
    super();
  }
}
