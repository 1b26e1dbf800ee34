import { Body, Delete, Param, Put } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { MessageResponse } from '../../../../protocols/client/message-response.decorator.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { ChatControlsService } from '../../runs/chat-controls.service.js';
import { ClientChatControlDto, ClientTakeControlDto } from './ai-runs.client.dto.js';
import { toClientChatControl } from './ai.client.mapper.js';

@AdminController('AI')
export class ChatControlsAdminController {
  constructor(private readonly controls: ChatControlsService) {}

  /**
   * Hand the chat over to a human
   *
   * @remarks Active AI replies are stopped; text that was already shown stays. Messages get no AI reply meanwhile; callbacks and sockets
   * receive them as usual.
   */
  @Put('chat/:id/ai/control')
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 400: ['minutes must not be greater than 10080'], 404: ['Chat not found.'] })
  async takeChatControl(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() { minutes }: ClientTakeControlDto,
  ): Promise<ClientChatControlDto> {
    return toClientChatControl(await this.controls.acquire(actor, id, minutes));
  }

  /**
   * Hand the chat back to AI bots
   *
   * @remarks AI bots reply to messages from now on.
   */
  @Delete('chat/:id/ai/control')
  @MessageResponse('AI bots reply in this chat again.')
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 404: ['Chat not found.'] })
  releaseChatControl(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.controls.release(actor, id);
  }
}
