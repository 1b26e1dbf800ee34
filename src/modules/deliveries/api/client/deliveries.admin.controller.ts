import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { DeliveryInspector } from '../../inspection/delivery-inspector.js';
import { Redelivery } from '../../inspection/redelivery.js';
import {
  ClientDeliveryEventDto,
  ClientDeliveryPageDto,
  ClientListDeliveriesDto,
  ClientListDeliveryEventsDto,
  ClientMessageTraceDto,
  ClientRedeliverDto,
  ClientRedeliveredDto,
} from './deliveries.client.dto.js';
import {
  toDeliveryEvent,
  toDeliveryFilter,
  toDeliveryPage,
  toMessageTrace,
  toRedelivered,
} from './deliveries.client.mapper.js';

/** What became of messages. */
@AdminController('Deliveries')
export class DeliveriesAdminController {
  constructor(
    private readonly inspector: DeliveryInspector,
    private readonly redelivery: Redelivery,
  ) {}

  /** Shows a message's way: to which endpoints it went, or why not; each try, the next one, and the answers. */
  @Get('message/:id/trace')
  @ApiParam({ name: 'id', description: 'The message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 404: ['Message not found.'] })
  async getMessageTrace(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientMessageTraceDto> {
    return toMessageTrace(await this.inspector.trace(actor, id));
  }

  /** Lists deliveries, the newest first. */
  @Get('deliveries')
  @ClientErrors({ 400: ['after must be the next of another page', 'limit must not be greater than 1000'] })
  async listDeliveries(
    @CurrentActor() actor: Actor,
    @Query() query: ClientListDeliveriesDto,
  ): Promise<ClientDeliveryPageDto> {
    return toDeliveryPage(await this.inspector.deliveries(actor, toDeliveryFilter(query)), query.limit);
  }

  /**
   * Makes one delivery again.
   *
   * @remarks With the same `webhook-id`, and `x-delivery-trigger: manual`; after whatever the chat has to tell the bot just now. One try.
   */
  @Post('deliveries/redeliver')
  @HttpCode(202)
  @ClientErrors({
    404: ['Webhook not found.'],
    409: [['delivery.not_behind', 'The endpoint has not come to this entry, or has no lane in its chat.']],
  })
  async redeliverDelivery(
    @CurrentActor() actor: Actor,
    @Body() { seq, ...lane }: ClientRedeliverDto,
  ): Promise<ClientRedeliveredDto> {
    return toRedelivered(await this.redelivery.redeliver(actor, lane, seq));
  }

  /** Lists what operators should know of endpoints, the newest first: failing, disabled, recovered. */
  @Get('delivery-events')
  @ClientErrors({ 400: ['limit must not be greater than 1000'] })
  async listDeliveryEvents(
    @CurrentActor() actor: Actor,
    @Query() query: ClientListDeliveryEventsDto,
  ): Promise<ClientDeliveryEventDto[]> {
    return (await this.inspector.events(actor, query)).map(toDeliveryEvent);
  }
}
