/** Something that has happened in the domain. Its class is its name; it carries ids and facts, never entities to change. */
export abstract class DomainEvent {}

export type DomainEventClass<E extends DomainEvent = DomainEvent> = abstract new (...args: never[]) => E;

/**
 * - `in-transaction`: runs inside the publisher's transaction, and may write what must happen; if it throws, all is undone.
 * - `after-commit`: runs once the transaction is committed, and may be lost in a crash: bells, pushes, figures.
 */
export type ListenerPhase = 'in-transaction' | 'after-commit';
