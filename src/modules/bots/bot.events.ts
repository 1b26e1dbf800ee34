import { DomainEvent } from '../../core/events/domain-event.js';
import type { Transport } from './bot-endpoint.entity.js';

/** A bot can be reached in a new way. */
export class EndpointAdded extends DomainEvent {
  constructor(
    readonly endpointId: string,
    readonly botId: string,
    readonly transport: Transport,
  ) {
    super();
  }
}

/** A way to reach a bot is about to be removed, with all that hangs on it. */
export class EndpointRemoving extends DomainEvent {
  constructor(
    readonly endpointId: string,
    readonly botId: string,
    readonly transport: Transport,
    /** The bot itself is removed, too. It has left its groups, whose logs are locked. */
    readonly isWithBot: boolean,
  ) {
    super();
  }
}

/** The owner has set anew how its bot is reached. */
export class EndpointChanged extends DomainEvent {
  constructor(readonly endpointId: string) {
    super();
  }
}

/** A bot is told of nothing any more, and is not to say anything, until it is enabled again. */
export class BotDisabled extends DomainEvent {
  constructor(readonly botId: string) {
    super();
  }
}
