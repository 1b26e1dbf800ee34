import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { BellRinger } from '../../core/queue/bell-ringer.js';
import { ChatsArmed } from '../chats/index.js';
import { CHAT_WAKEUP, DELIVERY_WAKEUP } from './delivery.queues.js';

/** The worker in this process, if there is one. Both methods return false when the wake-up has to go through the queue. */
export interface LocalWorker {
  dispatch(chatId: string): boolean;
  serve(endpointId: string): boolean;
}

/** Publishes wake-ups for workers. A lost wake-up costs about a second: the sweeper finds what is due without it. */
@Injectable()
export class DeliveryWakeups {
  private local: LocalWorker | undefined;

  constructor(private readonly ringer: BellRinger) {}

  /** Where API and worker are one process, most wake-ups need no queue. */
  useLocalWorker(worker: LocalWorker): void {
    this.local = worker;
  }

  @OnDomainEvent(ChatsArmed, 'after-commit')
  wakeChats({ chatIds }: ChatsArmed): void {
    for (const chatId of chatIds) {
      if (!this.local?.dispatch(chatId)) this.ringer.ring(CHAT_WAKEUP, chatId, { chatId });
    }
  }

  wakeEndpoint(endpointId: string): void {
    if (!this.local?.serve(endpointId)) this.enqueueEndpoint(endpointId);
  }

  /** Puts an endpoint at the end of the queue. */
  enqueueEndpoint(endpointId: string): void {
    this.ringer.ring(DELIVERY_WAKEUP, endpointId, { endpointId });
  }

  /** Asks for a process that serves a part of an endpoint that has outgrown the processes that serve it. */
  enqueueShard(endpointId: string, shard: number): void {
    this.ringer.ring(DELIVERY_WAKEUP, `${endpointId}#${shard}`, { endpointId, shard: `${shard}` });
  }

  /** Wakes an endpoint at the time of its next retry. It replaces the wake-up that was planned before. */
  enqueueEndpointLater(endpointId: string, delayMs: number): void {
    this.ringer.ring(DELIVERY_WAKEUP, endpointId, { endpointId }, { delayMs });
  }
}
