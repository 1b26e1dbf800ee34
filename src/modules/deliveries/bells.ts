import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { BellRinger } from '../../core/queue/bell-ringer.js';
import { ChatsArmed } from '../chats/index.js';
import { CHAT_BELL, LANE_BELL } from './delivery.queues.js';
import type { LaneKey } from './lanes.repository.js';

/** Rings for workers. A lost bell costs about a second: the sweeper rings again. */
@Injectable()
export class Bells {
  constructor(private readonly ringer: BellRinger) {}

  @OnDomainEvent(ChatsArmed, 'after-commit')
  ringArmedChats({ chatIds }: ChatsArmed): void {
    this.ringChats(chatIds);
  }

  ringChats(chatIds: readonly string[]): void {
    for (const chatId of chatIds) this.ringer.ring(CHAT_BELL, chatId, { chatId });
  }

  ringLanes(lanes: readonly LaneKey[]): void {
    for (const { endpointId, chatId } of lanes) {
      this.ringer.ring(LANE_BELL, `${endpointId}:${chatId}`, { endpointId, chatId });
    }
  }
}
