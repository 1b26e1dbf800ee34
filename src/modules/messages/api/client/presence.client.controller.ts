import { Get, HttpCode, Injectable, Param, Post, Put } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors, NOT_RELATED } from '../../../../protocols/client/client-errors.decorator.js';
import { ClientController, BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import { MessageResponse } from '../../../../protocols/client/message-response.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { PresenceService } from '../../presence.service.js';
import { ClientReadStateDto } from './messages.client.dto.js';
import { toClientReadState } from './messages.client.mapper.js';

/** Endpoints with which people and bots send typing indicators and mark chats as read. */
@Injectable()
export abstract class ParticipantPresenceController {
  constructor(private readonly presence: PresenceService) {}

  /**
   * Send a typing indicator
   *
   * @remarks The indicator is not stored. Send it again every few seconds while typing goes on.
   */
  @Post('chat/:id/typing')
  @HttpCode(200)
  @MessageResponse('Typing.')
  @ApiParam({ name: 'id', description: 'The id of the chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Chat not found.'] })
  sendTypingIndicator(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.presence.startTyping(actor, id);
  }

  /**
   * Mark the chat as read up to this message
   *
   * @remarks The read position never moves back.
   */
  @Put('chat/message/:id/read')
  @MessageResponse('Read.')
  @ApiParam({ name: 'id', description: 'The id of the message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Message not found.'] })
  markChatAsRead(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.presence.markRead(actor, id);
  }

  /** List the read positions of the members of a chat */
  @Get('chat/:id/read')
  @ApiParam({ name: 'id', description: 'The id of the chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Chat not found.'] })
  async listReadPositions(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientReadStateDto[]> {
    return (await this.presence.listReadPositions(actor, id)).map(toClientReadState);
  }
}

@ClientController('Messages')
export class PresenceClientController extends ParticipantPresenceController {}

@BotController('Messages')
export class PresenceBotController extends ParticipantPresenceController {}
