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

/** What people and bots do with messages and chats beside sending, each in its own name. */
@Injectable()
export abstract class ParticipantPresenceController {
  constructor(
    private readonly editor: MessageEditor,
    private readonly presence: PresenceService,
    private readonly views: MessagesClientViews,
    private readonly config: ServiceConfig,
  ) {}

  /** Says one of one's own messages in other words. Those who listen are told; its place and its time stay. */
  @Put('chat/message/:id')
  @ApiParam({ name: 'id', description: 'The message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({
    400: [['message.body_too_long', 'maximum allowed body length is 4096 characters']],
    403: [NOT_RELATED, ['message.not_yours', 'Only who has sent a message may change or remove it.']],
    404: ['Message not found.'],
  })
  async edit(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() body: ClientEditMessageDto,
  ): Promise<ClientMessageDto> {
    return this.views.one(await this.editor.edit(actor, id, toEditMessage(body, this.config.limits.message)));
  }

  /** Removes one of one's own messages, for everybody: its text and its files are gone from the chat. */
  @Delete('chat/message/:id')
  @AnswersDone('Message deleted.')
  @ApiParam({ name: 'id', description: 'The message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({
    403: [NOT_RELATED, ['message.not_yours', 'Only who has sent a message may change or remove it.']],
    404: ['Message not found.'],
  })
  remove(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.editor.remove(actor, id);
  }

  /** Tells those who listen that one is typing. It is for the moment, and not kept: say it every few seconds. */
  @Post('chat/:id/typing')
  @HttpCode(200)
  @AnswersDone('Typing.')
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Chat not found.'] })
  type(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.presence.type(actor, id);
  }

  /** Notes that one has read a chat down to this message. It never goes back. */
  @Put('chat/message/:id/read')
  @AnswersDone('Read.')
  @ApiParam({ name: 'id', description: 'The message.', example: '01hc7akt8z3w2a5ayfcrvkfy52' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Message not found.'] })
  read(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.presence.read(actor, id);
  }

  /** Shows how far each member of a chat has read. */
  @Get('chat/:id/read')
  @ApiParam({ name: 'id', description: 'The chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @ClientErrors({ 403: [NOT_RELATED], 404: ['Chat not found.'] })
  async readers(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientReadStateDto[]> {
    return (await this.presence.readers(actor, id)).map(toClientReadState);
  }
}
