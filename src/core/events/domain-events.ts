import { Global, Injectable, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { Database, settleAll } from '../database/database.js';
import type { DomainEvent, ListenerPhase } from './domain-event.js';
import { DomainEventListener } from './on-domain-event.decorator.js';

type Listener = (event: DomainEvent) => void | Promise<void>;

/**
 * Delivers events from a module to the modules that depend on it.
 *
 *   publish(event) ── in-transaction listeners, in parallel ──► the publisher continues
 *                  └─ COMMIT ──► after-commit listeners, best effort
 */
@Injectable()
export class DomainEvents implements OnModuleInit {
  private readonly logger = new Logger(DomainEvents.name);
  private readonly listeners: Record<ListenerPhase, Map<unknown, Listener[]>> = {
    'in-transaction': new Map(),
    'after-commit': new Map(),
  };

  constructor(
    private readonly database: Database,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders()) {
      if (wrapper.instance && typeof wrapper.instance === 'object') this.registerListenersOf(wrapper);
    }
  }

  /**
   * Publishes an event. Resolves when the in-transaction listeners are done; their first statements are sent together with the
   * publisher's pending ones.
   *
   * @throws Error if no transaction is open
   * @throws the error of an in-transaction listener, which rolls the transaction back
   */
  async publish(event: DomainEvent): Promise<void> {
    if (!this.database.inTransaction) {
      throw new Error(`${event.constructor.name} was published outside of a transaction.`);
    }
    await settleAll(this.listenersFor('in-transaction', event).map((listener) => listener(event)));
    const later = this.listenersFor('after-commit', event);
    if (later.length > 0) this.database.afterCommit(() => later.forEach((listener) => this.runSafely(listener, event)));
  }

  private registerListenersOf(wrapper: InstanceWrapper): void {
    const instance = wrapper.instance as Record<string, unknown>;
    const prototype = Object.getPrototypeOf(instance) as object | null;
    if (!prototype) return;
    for (const method of this.scanner.getAllMethodNames(prototype)) {
      const declaration = this.discovery.getMetadataByDecorator(DomainEventListener, wrapper, method);
      if (!declaration) continue;
      const listeners = this.listeners[declaration.phase];
      const listener = (instance[method] as Listener).bind(instance);
      listeners.set(declaration.event, [...(listeners.get(declaration.event) ?? []), listener]);
    }
  }

  private listenersFor(phase: ListenerPhase, event: DomainEvent): Listener[] {
    return this.listeners[phase].get(event.constructor) ?? [];
  }

  private runSafely(listener: Listener, event: DomainEvent): void {
    void (async () => listener(event))().catch((error: Error) =>
      this.logger.error(
        `A listener of ${event.constructor.name} failed after the commit: ${error.message}`,
        error.stack,
      ),
    );
  }
}

@Global()
@Module({ imports: [DiscoveryModule], providers: [DomainEvents], exports: [DomainEvents] })
export class EventsModule {}
