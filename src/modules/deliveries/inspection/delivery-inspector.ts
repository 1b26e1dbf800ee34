import { Injectable } from '@nestjs/common';
import { type Actor, requireOperator } from '../../auth/index.js';
import { type BotEndpointEntity, BotEndpointsService, BotsService } from '../../bots/index.js';
import { type MessageEntity, MessagesService } from '../../messages/index.js';
import { type Health, HEALTHY } from '../circuit.js';
import type { DeliveryEventEntity } from '../delivery-event.entity.js';
import { EndpointHealthRepository } from '../endpoint-health.repository.js';
import {
  type DeliveryFilter,
  type FoundDelivery,
  InspectionRepository,
  type LaneCounts,
  type TracedAttempt,
  type TracedLane,
} from './inspection.repository.js';

export interface MessageTrace {
  message: MessageEntity;
  lanes: TracedLane[];
  attempts: TracedAttempt[];
  answers: { id: string; senderId: string; createdAt: Date }[];
}

export interface EndpointState {
  endpoint: BotEndpointEntity;
  health: Health;
  counts: LaneCounts;
}

/** Returns deliveries of messages and the health of endpoints to operators. */
@Injectable()
export class DeliveryInspector {
  constructor(
    private readonly inspection: InspectionRepository,
    private readonly health: EndpointHealthRepository,
    private readonly endpoints: BotEndpointsService,
    private readonly bots: BotsService,
    private readonly messages: MessagesService,
  ) {}

  /** @throws DomainError not_found `message.not_found` */
  async trace(actor: Actor, messageId: string): Promise<MessageTrace> {
    requireOperator(actor);
    const message = await this.messages.get(actor, messageId);
    const { chatId, seq, id } = message;
    const [lanes, attempts, answers] = await Promise.all([
      this.inspection.trace(chatId, seq),
      this.inspection.attempts(chatId, seq),
      this.inspection.answers(chatId, seq, id),
    ]);
    return { message, lanes, attempts, answers };
  }

  async deliveries(actor: Actor, filter: DeliveryFilter): Promise<FoundDelivery[]> {
    requireOperator(actor);
    return this.inspection.list(filter);
  }

  async events(actor: Actor, filter: Parameters<InspectionRepository['events']>[0]): Promise<DeliveryEventEntity[]> {
    requireOperator(actor);
    return this.inspection.events(filter);
  }

  /** @throws DomainError not_found `bot.not_found` */
  async endpointsOf(actor: Actor, botId: string): Promise<EndpointState[]> {
    requireOperator(actor);
    const { bot } = await this.bots.get(botId);
    return Promise.all(bot.endpoints.map((endpoint) => this.stateOf(endpoint)));
  }

  /** @throws DomainError not_found `endpoint.not_found` */
  async endpoint(actor: Actor, id: string): Promise<EndpointState> {
    return this.stateOf(await this.endpoints.getById(actor, id));
  }

  private async stateOf(endpoint: BotEndpointEntity): Promise<EndpointState> {
    const [health, counts] = await Promise.all([this.health.find(endpoint.id), this.inspection.counts(endpoint.id)]);
    return { endpoint, health: health ?? HEALTHY, counts };
  }
}
