import { DomainEvent } from '../../core/events/domain-event.js';

/** A user is about to be deleted, or was deactivated: it leaves its groups. */
export class UserLeaving extends DomainEvent {
  constructor(readonly userId: string) {
    super();
  }
}
