import { Body, Delete, Get, Injectable, Param, Post, Put, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ServiceConfig } from '../../../../core/config/service-config.js';
import { ClientErrors, NOT_RELATED } from '../../../../protocols/client/client-errors.decorator.js';
import { ClientController, BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../../../../protocols/client/idempotency-key.decorator.js';
import { MessageResponse } from '../../../../protocols/client/message-response.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { MessageEditor } from '../../message-editor.js';
import { MessagesService } from '../../messages.service.js';
import {
  ClientEditMessageDto,
  ClientListMessagesDto,
  ClientMessageDto,
  ClientMessagePageDto,
  ClientSendMessageDto,
  ClientStoredMessageDto,
} from './messages.client.dto.js';
import { toEditMessage, toSendMessage, toClientStoredMessage } from './messages.client.mapper.js';
import { MessagesClientViews } from './messages.client.views.js';

/** Endpoints with which people and bots send, edit, delete and read messages. */
@Injectable()
export abstract class ParticipantMessagesController {
  constructor(
    protected readonly messages: MessagesService,
    private readonly editor: MessageEditor,
    private readonly views: MessagesClientViews,
    private readonly config: ServiceConfig,
  ) {}

  /**
   * Send a message
   *
   * @remarks The response is sent as soon as the message is stored. The message then reaches every bot of the chat, in order.
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
    422: [['message.dedup_key_reused', 'This idempotency key was already used for another message.']],
    429: [['chat.backlog_full', 'Too many messages are waiting for the bot of this chat. Try again in 10 seconds.']],
  })
  async sendMessage(
    @CurrentActor() actor: Actor,
    @Body() body: ClientSendMessageDto,
    @IdempotencyKey() key: string | undefined,
  ): Promise<ClientMessageDto> {
    return this.views.toDto(
      await this.messages.send(actor, toSendMessage(actor, body, this.config.limits.message, key)),
    );
  }

  /**
   * Edit your own message
   *
   * @remarks Sends `message.edited` to the members. The position and the time of the message stay the same.
   */
  @Put('chat/message/:id')
  @ApiParam({ name: 'id', description: 'The id of the message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({
    400: [['message.body_too_long', 'maximum allowed body length is 4096 characters']],
    403: [NOT_RELATED, ['message.not_yours', 'Only the sender can edit or delete this message.']],
    404: ['Message not found.'],
  })
  async updateMessage(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() body: ClientEditMessageDto,
  ): Promise<ClientMessageDto> {
    return this.views.toDto(await this.editor.edit(actor, id, toEditMessage(body, this.config.limits.message)));
  }

  /**
   * Delete your own message
   *
   * @remarks Deletes the message with its text and files for all members.
   */
  @Delete('chat/message/:id')
  @MessageResponse('Message deleted.')
  @ApiParam({ name: 'id', description: 'The id of the message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({
    403: [NOT_RELATED, ['message.not_yours', 'Only the sender can edit or delete this message.']],
    404: ['Message not found.'],
  })
  deleteMessage(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.editor.delete(actor, id);
  }

  /**
   * List messages
   *
   * @remarks Page 1 has the newest messages. Within a page, the oldest come first.
   */
  @Get('chat/:id/messages')
  @ApiParam({ name: 'id', description: 'The id of the chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Chat not found.'] })
  listMessages(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() query: ClientListMessagesDto,
  ): Promise<ClientMessagePageDto> {
    return this.views.listPage(actor, id, query);
  }
}

@ClientController('Messages')
export class MessagesClientController extends ParticipantMessagesController {}

@BotController('Messages')
export class MessagesBotController extends ParticipantMessagesController {
  /** Get a message */
  @Get('chat/message/:id')
  @ApiParam({ name: 'id', description: 'The id of the message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Message not found.'] })
  async getMessage(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientStoredMessageDto> {
    return toClientStoredMessage(await this.messages.get(actor, id));
  }
}
