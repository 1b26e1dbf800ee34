import { DiscoveryService } from '@nestjs/core';
import type { DomainEvent, DomainEventClass, ListenerPhase } from './domain-event.js';

export interface ListenerDeclaration {
  event: DomainEventClass;
  phase: ListenerPhase;
}

export const DomainEventListener = DiscoveryService.createDecorator<ListenerDeclaration>();

/** Marks a method of a provider as a listener of an event. Listeners are discovered at startup. */
export const OnDomainEvent = <E extends DomainEvent>(event: DomainEventClass<E>, phase: ListenerPhase) =>
  DomainEventListener({ event, phase }) as <M extends (event: E) => void | Promise<void>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ) => void;
