import { Body, Delete, Param, Put } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { AnswersDone } from '../../../../protocols/client/client-done.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { ChatControlsService } from '../../chat-controls.service.js';
import { ClientChatControlDto, ClientTakeControlDto } from './ai-runs.client.dto.js';
import { toClientChatControl } from './ai.client.mapper.js';

@AdminController('Admin API: AI')
export class ChatControlsAdminController {
  constructor(private readonly controls: ChatControlsService) {}

  /**
   * Takes a chat out of the hands of models, for a human to speak there.
   *
   * @remarks Answers that are under way are broken off; what was seen of them stays. What is said meanwhile is not answered by a model;
   * callbacks and sockets are told of it as ever.
   */
  @Put('chat/:id/ai/control')
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 400: ['minutes must not be greater than 10080'], 404: ['Chat not found.'] })
  async take(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() { minutes }: ClientTakeControlDto,
  ): Promise<ClientChatControlDto> {
    return toClientChatControl(await this.controls.take(actor, id, minutes));
  }

  /** Gives a chat back to the models: they answer what is said from now on. */
  @Delete('chat/:id/ai/control')
  @AnswersDone('Models answer in this chat again.')
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 404: ['Chat not found.'] })
  giveBack(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.controls.giveBack(actor, id);
  }
}
