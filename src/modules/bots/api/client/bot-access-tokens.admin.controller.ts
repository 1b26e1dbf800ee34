import { Header, Param, Post } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { BotCredentialsService } from '../../bot-credentials.service.js';
import { toClientBotAccessToken } from './bots.client.mapper.js';
import { ClientBotAccessTokenDto } from './bot-access-tokens.client.dto.js';

@AdminController('Bots')
export class BotAccessTokensAdminController {
  constructor(private readonly credentials: BotCredentialsService) {}

  /**
   * Create a bot access token
   *
   * @remarks With the token, the bot opens sockets of the chatbot connector without its key. For clients that request tokens only over
   * TLS on port 443: `Bot(server, token, https=False, web_port=3000)`. The token is valid for a month, and no longer than the bot's key.
   * Messages sent to the bot from now on are kept for its sockets.
   */
  @Post('bot/:id/socket-token')
  @ApiParam({ name: 'id', description: 'The id of the bot.', example: 'echo' })
  @Header('cache-control', 'no-store')
  @ClientErrors({ 404: ['Bot not found.'] })
  async createBotAccessToken(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientBotAccessTokenDto> {
    return toClientBotAccessToken(await this.credentials.issueAccessToken(actor, id));
  }
}
