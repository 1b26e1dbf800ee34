import { Body, Delete, Get, HttpCode, Injectable, Param, Post, Put } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ServiceConfig } from '../../../../core/config/service-config.js';
import { AnswersDone } from '../../../../protocols/client/client-done.js';
import { ClientErrors, NOT_RELATED } from '../../../../protocols/client/client-errors.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { MessageEditor } from '../../message-editor.js';
import { PresenceService } from '../../presence.service.js';
import { ClientMessageDto } from './messages.client.dto.js';
import { toClientReadState, toEditMessage } from './messages.client.mapper.js';
import { MessagesClientViews } from './messages.client.views.js';
import { ClientEditMessageDto, ClientReadStateDto } from './presence.client.dto.js';

/** Endpoints with which people and bots edit and delete messages, send typing indicators and mark chats as read. */
@Injectable()
export abstract class ParticipantPresenceController {
  constructor(
    private readonly editor: MessageEditor,
    private readonly presence: PresenceService,
    private readonly views: MessagesClientViews,
    private readonly config: ServiceConfig,
  ) {}

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
    return this.views.one(await this.editor.edit(actor, id, toEditMessage(body, this.config.limits.message)));
  }

  /**
   * Delete your own message
   *
   * @remarks Deletes the message with its text and files for all members.
   */
  @Delete('chat/message/:id')
  @AnswersDone('Message deleted.')
  @ApiParam({ name: 'id', description: 'The id of the message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({
    403: [NOT_RELATED, ['message.not_yours', 'Only the sender can edit or delete this message.']],
    404: ['Message not found.'],
  })
  deleteMessage(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.editor.remove(actor, id);
  }

  /**
   * Send a typing indicator
   *
   * @remarks The indicator is not stored. Send it again every few seconds while typing goes on.
   */
  @Post('chat/:id/typing')
  @HttpCode(200)
  @AnswersDone('Typing.')
  @ApiParam({ name: 'id', description: 'The id of the chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Chat not found.'] })
  sendTypingIndicator(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.presence.type(actor, id);
  }

  /**
   * Mark the chat as read up to this message
   *
   * @remarks The read position never moves back.
   */
  @Put('chat/message/:id/read')
  @AnswersDone('Read.')
  @ApiParam({ name: 'id', description: 'The id of the message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Message not found.'] })
  markChatAsRead(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.presence.read(actor, id);
  }

  /** List the read positions of the members of a chat */
  @Get('chat/:id/read')
  @ApiParam({ name: 'id', description: 'The id of the chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Chat not found.'] })
  async listReadPositions(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientReadStateDto[]> {
    return (await this.presence.readers(actor, id)).map(toClientReadState);
  }
}
