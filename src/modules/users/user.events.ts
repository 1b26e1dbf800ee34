import { DomainEvent } from '../../core/events/domain-event.js';

/** The profile image of a user was changed or removed. */
export class UserImageChanged extends DomainEvent {
  constructor(
    readonly userId: string,
    /** Empty for none. */
    readonly url: string,
  ) {
    super();
  }
}

/** A user was deleted. */
export class UserDeleted extends DomainEvent {
  constructor(
    readonly userId: string,
    /** Set if the user's content is erased too: the pseudonymous id that replaces the user's id in what remains. */
    readonly replacementId?: string,
  ) {
    super();
  }
}

/** A user was deactivated or activated, or its sessions were revoked. Cached session states are outdated. */
export class UserAccessChanged extends DomainEvent {
  constructor(readonly userId: string) {
    super();
  }
}

/** A user is to be deleted or was deactivated, and leaves its groups. */
export class UserMembershipsEnding extends DomainEvent {
  constructor(readonly userId: string) {
    super();
  }
}

/** The topic of changes to a user's chats and rights. Streams and sockets of the user subscribe to it. */
export const userTopic = (userId: string): string => `user:${userId}`;
