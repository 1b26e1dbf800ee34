import { DomainEvent } from '../../core/events/domain-event.js';
import type { Actor } from './actor.js';

/** An operation of an actor on a user's account or sessions. */
abstract class AccountEvent extends DomainEvent {
  constructor(
    readonly userId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

/** A session token of a person was issued to a service. */
export class SessionIssued extends AccountEvent {}

export class SessionsRevoked extends AccountEvent {}

/** A person was deleted, and its content stays. */
export class AccountDeleted extends AccountEvent {}

/** A person was deleted with its content. `userId` is the pseudonymous id that replaces the person's. */
export class AccountErased extends AccountEvent {}

/** An operation of an actor on a secondary token of the Platform API. */
abstract class ApiTokenEvent extends DomainEvent {
  constructor(
    readonly tokenId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

export class ApiTokenCreated extends ApiTokenEvent {}

export class ApiTokenRevoked extends ApiTokenEvent {}
