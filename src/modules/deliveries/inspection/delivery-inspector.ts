import { Injectable } from '@nestjs/common';
import { type Actor, requireService } from '../../auth/index.js';
import { type BotEndpointEntity, BotEndpointsService, BotsService } from '../../bots/index.js';
import { type MessageEntity, MessagesService } from '../../messages/index.js';
import { type Health, HEALTHY } from '../circuit.js';
import type { DeliveryEventEntity } from '../endpoint-health.entity.js';
import type { AttemptEntity } from '../delivery.entity.js';
import { EndpointHealthRepository } from '../endpoint-health.repository.js';
import {
  type DeliveryFilter,
  type FoundDelivery,
  InspectionRepository,
  type SubscriptionCounts,
  type TracedSubscription,
} from './inspection.repository.js';

export interface MessageTrace {
  message: MessageEntity;
  subscriptions: TracedSubscription[];
  attempts: AttemptEntity[];
  replies: { id: string; senderId: string; createdAt: Date }[];
}

export interface EndpointState {
  endpoint: BotEndpointEntity;
  health: Health;
  counts: SubscriptionCounts;
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
    requireService(actor);
    const message = await this.messages.get(actor, messageId);
    const { chatId, seq, id } = message;
    const [subscriptions, attempts, replies] = await Promise.all([
      this.inspection.trace(chatId, seq),
      this.inspection.attempts(chatId, seq),
      this.inspection.findReplies(chatId, seq, id),
    ]);
    return { message, subscriptions, attempts, replies };
  }

  async deliveries(actor: Actor, filter: DeliveryFilter): Promise<FoundDelivery[]> {
    requireService(actor);
    return this.inspection.list(filter);
  }

  async events(actor: Actor, filter: Parameters<InspectionRepository['events']>[0]): Promise<DeliveryEventEntity[]> {
    requireService(actor);
    return this.inspection.events(filter);
  }

  /** @throws DomainError not_found `bot.not_found` */
  async endpointsOf(actor: Actor, botId: string): Promise<EndpointState[]> {
    requireService(actor);
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
