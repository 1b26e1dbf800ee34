import { Body, Get, Injectable, Param, Post, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ServiceConfig } from '../../../../core/config/service-config.js';
import { ClientErrors, NOT_RELATED } from '../../../../protocols/client/client-errors.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../../../../protocols/client/idempotency-key.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { MessagesService } from '../../messages.service.js';
import {
  ClientListMessagesDto,
  ClientMessageDto,
  ClientMessagePageDto,
  ClientSendMessageDto,
} from './messages.client.dto.js';
import { toSendMessage } from './messages.client.mapper.js';
import { MessagesClientViews } from './messages.client.views.js';

/** How people and bots send and read messages, each in its own name. */
@Injectable()
export abstract class ParticipantMessagesController {
  constructor(
    protected readonly messages: MessagesService,
    private readonly views: MessagesClientViews,
    private readonly config: ServiceConfig,
  ) {}

  /**
   * Says something in a chat.
   *
   * @remarks The answer goes out as soon as the message is stored. It then reaches every bot of the chat, in order.
   */
  @Post('chat/message')
  @ApiIdempotencyKey()
  @ClientErrors({
    400: [
      ['message.body_too_long', 'maximum allowed body length is 4096 characters'],
      ['message.too_many_files', 'maximum number of files allowed is 10'],
    ],
    403: [NOT_RELATED],
    404: ['Chat not found.'],
    422: [['message.dedup_key_reused', 'This key was used for another message already.']],
    429: [['chat.backlog_full', 'Too many messages are waiting for the bot of this chat. Try again in 10 seconds.']],
  })
  async send(
    @CurrentActor() actor: Actor,
    @Body() body: ClientSendMessageDto,
    @IdempotencyKey() key: string | undefined,
  ): Promise<ClientMessageDto> {
    return this.views.one(await this.messages.send(actor, toSendMessage(actor, body, this.config.limits.message, key)));
  }

  /**
   * Shows messages of a chat, a page at a time.
   *
   * @remarks Page 1 has the newest messages; on each page, the oldest come first.
   */
  @Get('chat/:id/messages')
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Chat not found.'] })
  list(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() query: ClientListMessagesDto,
  ): Promise<ClientMessagePageDto> {
    return this.views.page(actor, id, query);
  }
}
