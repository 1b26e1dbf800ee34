import { Body, Delete, Get, Header, HttpCode, Post } from '@nestjs/common';
import { MessageResponse } from '../../../../protocols/client/message-response.decorator.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { BotEndpointsService } from '../../bot-endpoints.service.js';
import { toClientWebhook, toWebhookSpec, WEBHOOK } from './bots.client.mapper.js';
import { ClientSetWebhookDto, ClientWebhookDto } from './bots.client.dto.js';

@BotController('Webhook')
export class WebhooksBotController {
  constructor(private readonly endpoints: BotEndpointsService) {}

  /** Get the bot's webhook */
  @Get('bot/webhook')
  @Header('cache-control', 'no-store')
  @ClientErrors({ 404: ['Webhook not found.'] })
  async getWebhook(@CurrentActor() actor: Actor): Promise<ClientWebhookDto> {
    return toClientWebhook(await this.endpoints.get(actor, actor.id, ...WEBHOOK), this.endpoints);
  }

  /**
   * Set the bot's webhook
   *
   * @remarks Replaces the previous webhook. Each message of a person in a chat of the bot is posted to the URL, in order. The body is the
   * response that the person received for the message. The delivery is retried until the URL returns a 2xx status.
   */
  @Post('bot/webhook')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ClientErrors({
    400: [
      'webhook url must not be empty',
      'specified url is not valid',
      'webhook url should not be longer than 128 characters',
      'webhook secret should not be longer than 64 characters',
    ],
  })
  async setWebhook(@CurrentActor() actor: Actor, @Body() body: ClientSetWebhookDto): Promise<ClientWebhookDto> {
    return toClientWebhook(await this.endpoints.set(actor, actor.id, toWebhookSpec(body)), this.endpoints);
  }

  /**
   * Delete the bot's webhook
   *
   * @remarks Pending deliveries to the webhook are dropped.
   */
  @Delete('bot/webhook')
  @MessageResponse('Webhook deleted.')
  @ClientErrors({ 404: ['Webhook not found.'] })
  deleteWebhook(@CurrentActor() actor: Actor): Promise<void> {
    return this.endpoints.remove(actor, actor.id, ...WEBHOOK);
  }
}
