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

/** Users are no longer joined members of a chat. */
export class MembersLeft extends DomainEvent {
  constructor(
    readonly chatId: string,
    readonly userIds: readonly string[],
    readonly lastSeq: number,
  ) {
    super();
  }
}

/** A chat is gone, with all that was said in it. */
export class ChatRemoved extends DomainEvent {
  constructor(
    readonly chatId: string,
    readonly memberIds: readonly string[],
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
