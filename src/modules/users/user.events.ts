import { DomainEvent } from '../../core/events/domain-event.js';

/** A user has got another picture, or none any more. */
export class UserPictureChanged extends DomainEvent {
  constructor(
    readonly userId: string,
    /** Empty for none. */
    readonly url: string,
  ) {
    super();
  }
}

/** A user is deleted. */
export class UserErased extends DomainEvent {
  constructor(
    readonly userId: string,
    /** With what it has written. What stays of it, stays under this id, of which nobody knows whose it was. */
    readonly erasedAs?: string,
  ) {
    super();
  }
}

/** A user was deactivated or activated, or its sessions were ended: what was known of its sessions is out of date. */
export class UserAccessChanged extends DomainEvent {
  constructor(readonly userId: string) {
    super();
  }
}

/** A user is about to be deleted, or was deactivated: it leaves its groups. */
export class UserLeaving extends DomainEvent {
  constructor(readonly userId: string) {
    super();
  }
}
