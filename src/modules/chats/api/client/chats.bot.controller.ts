import { Get, Query } from '@nestjs/common';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { ChatsService } from '../../chats.service.js';
import { ClientChatDto, ClientListUsersChatsDto } from './chats.client.dto.js';
import { toClientChat } from './chats.client.mapper.js';

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
