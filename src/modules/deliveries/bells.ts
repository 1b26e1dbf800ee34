import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { BellRinger } from '../../core/queue/bell-ringer.js';
import { ChatsArmed } from '../chats/index.js';
import { CHAT_BELL, LANE_BELL } from './delivery.queues.js';
import type { DueLane } from './lanes.repository.js';

/** Sees to a chat's bell at once, if it has a hand free. @returns false when the bell has to go through the queue */
export type NearbyWorker = (chatId: string) => boolean;

/** Rings for workers. A lost bell costs about a second: the sweeper rings again. */
@Injectable()
export class Bells {
  private nearby: NearbyWorker = () => false;

  constructor(private readonly ringer: BellRinger) {}

  /** Where API and worker are one process, most bells need not go through the queue. */
  workNearby(worker: NearbyWorker): void {
    this.nearby = worker;
  }

  @OnDomainEvent(ChatsArmed, 'after-commit')
  ringArmedChats({ chatIds }: ChatsArmed): void {
    this.ringChats(chatIds.filter((chatId) => !this.nearby(chatId)));
  }

  ringChats(chatIds: readonly string[]): void {
    for (const chatId of chatIds) this.ringer.ring(CHAT_BELL, chatId, { chatId });
  }

  ringLanes(lanes: readonly DueLane[]): void {
    for (const { endpointId, chatId, isLate } of lanes) {
      const data = { endpointId, chatId, ...(isLate ? { late: '1' } : {}) };
      this.ringer.ring(LANE_BELL, `${endpointId}:${chatId}`, data);
    }
  }
}
