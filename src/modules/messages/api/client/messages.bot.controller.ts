import { Body, Get, Param, Post, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ServiceConfig } from '../../../../core/config/service-config.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../../../../protocols/client/idempotency-key.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { MessagesService } from '../../messages.service.js';
import {
  ClientListMessagesDto,
  ClientMessageDto,
  ClientMessagePageDto,
  ClientSendMessageDto,
  ClientStoredMessageDto,
} from './messages.client.dto.js';
import {
  toClientMessage,
  toClientPage,
  toClientStoredMessage,
  toPageQuery,
  toSendMessage,
} from './messages.client.mapper.js';

@BotController('Bot API: messages')
export class MessagesBotController {
  constructor(
    private readonly messages: MessagesService,
    private readonly config: ServiceConfig,
  ) {}

  /** Says something in a chat, as the bot that asks. */
  @Post('chat/message')
  @ApiIdempotencyKey()
  @ClientErrors({
    400: ['maximum allowed body length is 4096 characters', 'maximum number of files allowed is 10'],
    403: ['Chat is not related to current bot.'],
    404: ['Chat not found.'],
    422: ['This key was used for another message already.'],
  })
  async send(
    @CurrentActor() actor: Actor,
    @Body() body: ClientSendMessageDto,
    @IdempotencyKey() key: string | undefined,
  ): Promise<ClientMessageDto> {
    const message = await this.messages.send(actor, toSendMessage(actor, body, this.config.limits.message, key));
    return toClientMessage(message, await this.messages.attachments([message]));
  }

  /** Shows messages of a chat of the bot, a page at a time, as the Client API does. */
  @Get('chat/:id/messages')
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 403: ['Chat is not related to current bot.'], 404: ['Chat not found.'] })
  async list(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() query: ClientListMessagesDto,
  ): Promise<ClientMessagePageDto> {
    const page = await this.messages.page(actor, toPageQuery(id, query));
    return toClientPage(id, query, page, await this.messages.attachments(page.messages));
  }

  /** Shows one message of a chat of the bot. */
  @Get('chat/message/:id')
  @ApiParam({ name: 'id', description: 'The message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 403: ['Chat is not related to current bot.'], 404: ['Message not found.'] })
  async show(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientStoredMessageDto> {
    return toClientStoredMessage(await this.messages.get(actor, id));
  }
}
