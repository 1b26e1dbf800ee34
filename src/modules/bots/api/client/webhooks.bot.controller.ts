import { Body, Delete, Get, Header, HttpCode, Post } from '@nestjs/common';
import { AnswersDone } from '../../../../protocols/client/client-done.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { BotEndpointsService } from '../../bot-endpoints.service.js';
import { toClientWebhook, toWebhookSpec, WEBHOOK } from './bots.client.mapper.js';
import { ClientSetWebhookDto, ClientWebhookDto } from './webhooks.client.dto.js';

@BotController('Bot API: webhook')
export class WebhooksBotController {
  constructor(private readonly endpoints: BotEndpointsService) {}

  /** Shows the webhook of the bot. */
  @Get('bot/webhook')
  @Header('cache-control', 'no-store')
  @ClientErrors({ 404: ['Webhook not found.'] })
  async show(@CurrentActor() actor: Actor): Promise<ClientWebhookDto> {
    return toClientWebhook(await this.endpoints.get(actor, actor.id, ...WEBHOOK), this.endpoints);
  }

  /**
   * Sets the webhook of the bot, in place of the one that it may have had.
   *
   * @remarks Each message of a person in a chat of the bot is then posted to the address: with the body of the answer that the person
   * got, in order, and again until it is answered with a 2xx status.
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
  async set(@CurrentActor() actor: Actor, @Body() body: ClientSetWebhookDto): Promise<ClientWebhookDto> {
    return toClientWebhook(await this.endpoints.set(actor, actor.id, toWebhookSpec(body)), this.endpoints);
  }

  /** Removes the webhook of the bot. What was not yet delivered to it never will be. */
  @Delete('bot/webhook')
  @AnswersDone('Webhook deleted.')
  @ClientErrors({ 404: ['Webhook not found.'] })
  remove(@CurrentActor() actor: Actor): Promise<void> {
    return this.endpoints.remove(actor, actor.id, ...WEBHOOK);
  }
}
