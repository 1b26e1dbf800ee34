import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { DeliveryInspector } from '../../inspection/delivery-inspector.js';
import { RedeliveryService } from '../../inspection/redelivery.service.js';
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

@AdminController('Deliveries')
export class DeliveriesAdminController {
  constructor(
    private readonly inspector: DeliveryInspector,
    private readonly redelivery: RedeliveryService,
  ) {}

  /**
   * Get the trace of a message
   *
   * @remarks Returns the delivery of the message to each endpoint or the reason to skip it, all attempts, and the replies.
   */
  @Get('message/:id/trace')
  @ApiParam({ name: 'id', description: 'The id of the message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 404: ['Message not found.'] })
  async getMessageTrace(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientMessageTraceDto> {
    return toMessageTrace(await this.inspector.trace(actor, id));
  }

  /**
   * List deliveries
   *
   * @remarks Sorted by creation time, newest first.
   */
  @Get('deliveries')
  @ClientErrors({ 400: [['delivery.bad_cursor', 'Invalid cursor.'], 'limit must not be greater than 1000'] })
  async listDeliveries(
    @CurrentActor() actor: Actor,
    @Query() query: ClientListDeliveriesDto,
  ): Promise<ClientDeliveryPageDto> {
    return toDeliveryPage(await this.inspector.deliveries(actor, toDeliveryFilter(query)), query.limit);
  }

  /**
   * Redeliver an entry
   *
   * @remarks Makes one attempt with the same `webhook-id` and `x-delivery-trigger: manual`, after the new entries of the chat.
   */
  @Post('deliveries/redeliver')
  @HttpCode(202)
  @ClientErrors({
    404: ['Webhook not found.'],
    409: [
      ['delivery.not_behind', 'The endpoint has not processed this entry yet, or has no subscription in its chat.'],
    ],
  })
  async redeliverDelivery(
    @CurrentActor() actor: Actor,
    @Body() { seq, ...subscription }: ClientRedeliverDto,
  ): Promise<ClientRedeliveredDto> {
    return toRedelivered(await this.redelivery.redeliver(actor, subscription, seq));
  }

  /**
   * List delivery events
   *
   * @remarks Changes of endpoints, such as failing, disabled or recovered. Sorted by time, newest first.
   */
  @Get('delivery-events')
  @ClientErrors({ 400: ['limit must not be greater than 1000'] })
  async listDeliveryEvents(
    @CurrentActor() actor: Actor,
    @Query() query: ClientListDeliveryEventsDto,
  ): Promise<ClientDeliveryEventDto[]> {
    return (await this.inspector.events(actor, query)).map(toDeliveryEvent);
  }
}
