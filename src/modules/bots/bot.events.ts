import { DomainEvent } from '../../core/events/domain-event.js';
import type { Transport } from './bot-endpoint.entity.js';

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

/** A bot receives no events and cannot send until it is enabled again. */
export class BotDisabled extends DomainEvent {
  constructor(readonly botId: string) {
    super();
  }
}
