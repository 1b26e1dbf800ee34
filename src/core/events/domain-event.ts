/** An event of the domain, identified by its class. It contains ids and facts, never entities to change. */
export abstract class DomainEvent {}

export type DomainEventClass<E extends DomainEvent = DomainEvent> = abstract new (...args: never[]) => E;

/**
 * - `in-transaction`: runs inside the publisher's transaction, for writes that must happen; an error rolls the transaction back.
 * - `after-commit`: runs after the commit, and may be lost in a crash: wake-ups, pushes, metrics.
 */
export type ListenerPhase = 'in-transaction' | 'after-commit';
