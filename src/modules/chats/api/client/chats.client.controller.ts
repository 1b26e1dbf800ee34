import { Body, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { MessageResponse } from '../../../../protocols/client/message-response.decorator.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { BotController, ClientController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { ChatRemover } from '../../chat-remover.js';
import { ChatsService } from '../../chats.service.js';
import {
  ClientChatDto,
  ClientCreateChatDto,
  ClientListChatsDto,
  ClientListUsersChatsDto,
  toClientChat,
} from './chats.client.dto.js';

@ClientController('Chats')
export class ChatsClientController {
  constructor(
    private readonly chats: ChatsService,
    private readonly remover: ChatRemover,
  ) {}

  /**
   * Create a chat
   *
   * @remarks Creates a chat with a bot. A person has at most 10 chats with the same bot.
   */
  @Post('chat')
  @ClientErrors({
    400: ['bot id must not be empty', 'Cannot create more than 10 chat rooms with the same bot.'],
    404: ['Bot not found.', 'User not found.'],
  })
  async createChat(@CurrentActor() actor: Actor, @Body() { botId }: ClientCreateChatDto): Promise<ClientChatDto> {
    return toClientChat(await this.chats.createPersonal(actor, botId));
  }

  /**
   * List chats
   *
   * @remarks Lists the user's chats with a bot, oldest first.
   */
  @Get('chats')
  @ClientErrors({ 400: ['Bot ID is required.'], 404: ['Bot not found.'] })
  async listChats(@CurrentActor() actor: Actor, @Query() query: ClientListChatsDto): Promise<ClientChatDto[]> {
    return (await this.chats.listPersonal(actor.id, query.bot_id)).map(toClientChat);
  }

  /**
   * Delete a chat
   *
   * @remarks Deletes the chat with all its messages.
   */
  @Delete('chat/:id')
  @ApiParam({ name: 'id', description: 'The id of the chat.', example: '01hc7aa947s4fdwywwjqr14wh7' })
  @MessageResponse('Chat deleted.')
  @ClientErrors({
    403: [
      ['chat.not_member', 'Chat is not related to current user.'],
      ['chat.no_right', 'Your role in this chat does not allow this.'],
    ],
    404: ['Chat not found.'],
  })
  deleteChat(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.remover.remove(actor, id);
  }
}

@BotController('Chats')
export class ChatsBotController {
  constructor(private readonly chats: ChatsService) {}

  /**
   * List chats
   *
   * @remarks Lists the chats of a user with the bot, oldest first.
   */
  @Get('chats')
  @ClientErrors({ 400: ['User ID is required.'], 404: ['Bot not found.'] })
  async listChats(
    @CurrentActor() actor: Actor,
    @Query() { user_id }: ClientListUsersChatsDto,
  ): Promise<ClientChatDto[]> {
    return (await this.chats.listPersonal(user_id, actor.id)).map(toClientChat);
  }
}
