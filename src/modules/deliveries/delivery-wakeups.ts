import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { WakeupPublisher } from '../../core/queue/wakeup-publisher.js';
import { ChatsPending } from '../chats/index.js';
import { CHAT_WAKEUP, DELIVERY_WAKEUP } from './delivery.queues.js';

/** The worker in this process. Both methods return false if the wake-up must use the queue. */
export interface LocalWorker {
  dispatch(chatId: string): boolean;
  serve(endpointId: string): boolean;
}

/** Publishes wake-ups for workers. A lost wake-up delays its work by about a second, until the sweeper finds it. */
@Injectable()
export class DeliveryWakeups {
  private local: LocalWorker | undefined;

  constructor(private readonly publisher: WakeupPublisher) {}

  /** With the API and the worker in one process, most wake-ups need no queue. */
  useLocalWorker(worker: LocalWorker): void {
    this.local = worker;
  }

  @OnDomainEvent(ChatsPending, 'after-commit')
  wakeChats({ chatIds }: ChatsPending): void {
    for (const chatId of chatIds) {
      if (!this.local?.dispatch(chatId)) this.publisher.enqueue(CHAT_WAKEUP, chatId, { chatId });
    }
  }

  wakeEndpoint(endpointId: string): void {
    if (!this.local?.serve(endpointId)) this.enqueueEndpoint(endpointId);
  }

  /** Publishes a wake-up for an endpoint. */
  enqueueEndpoint(endpointId: string): void {
    this.publisher.enqueue(DELIVERY_WAKEUP, endpointId, { endpointId });
  }

  /** Publishes a wake-up for a further process to share an endpoint that exceeds the slots of the others. */
  enqueueShard(endpointId: string, shard: number): void {
    this.publisher.enqueue(DELIVERY_WAKEUP, `${endpointId}#${shard}`, { endpointId, shard: `${shard}` });
  }

  /** Publishes a delayed wake-up for the next retry of an endpoint. It replaces an earlier delayed one. */
  enqueueEndpointLater(endpointId: string, delayMs: number): void {
    this.publisher.enqueue(DELIVERY_WAKEUP, endpointId, { endpointId }, { delayMs });
  }
}
