import { Get, Param } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors, NOT_RELATED } from '../../../../protocols/client/client-errors.decorator.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { ClientStoredMessageDto } from './messages.client.dto.js';
import { toClientStoredMessage } from './messages.client.mapper.js';
import { ParticipantMessagesController } from './participant-messages.controller.js';

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
