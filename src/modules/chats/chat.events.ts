import { DomainEvent } from '../../core/events/domain-event.js';
import type { Actor } from '../auth/index.js';

/** An operation of an actor on a group or a channel. */
abstract class GroupEvent extends DomainEvent {
  constructor(
    readonly chatId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

export class GroupCreated extends GroupEvent {}

export class GroupChanged extends GroupEvent {
  constructor(
    chatId: string,
    actor: Actor,
    /** The names of the changed fields. */
    readonly fields: readonly string[],
  ) {
    super(chatId, actor);
  }
}

export class GroupDeleted extends GroupEvent {}

/** Users have joined a chat. `lastSeq` is the end of its log before their entries. */
export class MembersJoined extends DomainEvent {
  constructor(
    readonly chatId: string,
    readonly userIds: readonly string[],
    readonly lastSeq: number,
  ) {
    super();
  }
}

/** An ended membership. */
export interface EndedMembership {
  userId: string;
  isBot: boolean;
  /** The log entry with which it began. */
  joinedSeq: number;
  /** The log entry with which it ended. */
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

/** A removed chat, with its whole log. */
export interface RemovedChat {
  readonly chatId: string;
  /** Where its log ended. */
  readonly lastSeq: number;
  readonly memberIds: readonly string[];
}

/** Chats are removed. Their rows are deleted at the end of the transaction, their logs by a deletion task. */
export class ChatsRemoved extends DomainEvent {
  constructor(readonly chats: readonly RemovedChat[]) {
    super();
  }
}

/** The log of a chat up to an entry was cleared for all members. */
export class ChatCleared extends DomainEvent {
  constructor(
    readonly chatId: string,
    readonly untilSeq: number,
  ) {
    super();
  }
}

/** The image of a group was changed or removed. */
export class ChatImageChanged extends DomainEvent {
  constructor(
    readonly chatId: string,
    /** Empty for none. */
    readonly url: string,
  ) {
    super();
  }
}

/** These chats have log entries that are not yet dispatched. */
export class ChatsPending extends DomainEvent {
  constructor(readonly chatIds: readonly string[]) {
    super();
  }
}
