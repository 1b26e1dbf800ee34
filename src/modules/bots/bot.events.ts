import { DomainEvent } from '../../core/events/domain-event.js';
import type { Actor } from '../auth/index.js';
import type { Transport } from './bot.entity.js';

/** An operation of an actor on a bot. */
abstract class BotEvent extends DomainEvent {
  constructor(
    readonly botId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

export class BotCreated extends BotEvent {
  constructor(
    botId: string,
    actor: Actor,
    readonly name: string,
  ) {
    super(botId, actor);
  }
}

export class BotDeleted extends BotEvent {
  constructor(
    botId: string,
    actor: Actor,
    readonly name: string,
  ) {
    super(botId, actor);
  }
}

/** A bot receives no events and cannot send until it is enabled again. */
export class BotDisabled extends BotEvent {}

export class BotEnabled extends BotEvent {}

export class BotTokenRotated extends BotEvent {
  constructor(
    botId: string,
    actor: Actor,
    readonly overlapSeconds: number,
  ) {
    super(botId, actor);
  }
}

/** The token of a bot was returned to an actor. */
export class BotTokenRevealed extends BotEvent {}

/** A token for the chatbot connector was issued for a bot. */
export class BotAccessTokenIssued extends BotEvent {}

/** An endpoint was added to a bot. */
export class EndpointAdded extends DomainEvent {
  constructor(
    readonly endpointId: string,
    readonly botId: string,
    readonly transport: Transport,
  ) {
    super();
  }
}

/** An endpoint is about to be deleted with all data that depends on it. */
export class EndpointRemoving extends DomainEvent {
  constructor(
    readonly endpointId: string,
    readonly botId: string,
    readonly transport: Transport,
    /** Whether the bot itself is deleted, too. It has left its groups, whose logs are locked. */
    readonly isWithBot: boolean,
  ) {
    super();
  }
}

/** The owner changed the endpoint of its bot. */
export class EndpointChanged extends DomainEvent {
  constructor(readonly endpointId: string) {
    super();
  }
}
