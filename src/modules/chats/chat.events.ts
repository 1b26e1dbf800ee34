import { DomainEvent } from '../../core/events/domain-event.js';

/** Users have become joined members of a chat, whose log ends at `lastSeq`. */
export class MembersJoined extends DomainEvent {
  constructor(
    readonly chatId: string,
    readonly userIds: readonly string[],
    readonly lastSeq: number,
  ) {
    super();
  }
}

/** A membership that is over. */
export interface EndedMembership {
  userId: string;
  isBot: boolean;
  /** The entry of the log with which it began. */
  joinedSeq: number;
  /** The entry with which it has ended. */
  leftSeq: number;
}

/** Users are no longer joined members of a chat. */
export class MembersLeft extends DomainEvent {
  readonly userIds: readonly string[];

  constructor(
    readonly chatId: string,
    readonly memberships: readonly EndedMembership[],
  ) {
    super();
    this.userIds = memberships.map(({ userId }) => userId);
  }
}

/** A chat that is gone, with all that was said in it. */
export interface RemovedChat {
  readonly chatId: string;
  /** Where its log ended. */
  readonly lastSeq: number;
  readonly memberIds: readonly string[];
}

/** Chats are gone. Their rows are deleted at the end of the transaction, what was said in them by a deletion task. */
export class ChatsRemoved extends DomainEvent {
  constructor(readonly chats: readonly RemovedChat[]) {
    super();
  }
}

/** All that was said in a chat up to an entry is gone for all. */
export class ChatCleared extends DomainEvent {
  constructor(
    readonly chatId: string,
    readonly untilSeq: number,
  ) {
    super();
  }
}

/** A group has got another picture, or none any more. */
export class ChatPictureChanged extends DomainEvent {
  constructor(
    readonly chatId: string,
    /** Empty for none. */
    readonly url: string,
  ) {
    super();
  }
}

/** The logs of these chats have grown, and lanes wait to be told. */
export class ChatsArmed extends DomainEvent {
  constructor(readonly chatIds: readonly string[]) {
    super();
  }
}
