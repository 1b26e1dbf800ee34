import { Header, Param, Post } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { BotCredentialsService } from '../../bot-credentials.service.js';
import { toClientSocketToken } from './bots.client.mapper.js';
import { ClientSocketTokenDto } from './passes.client.dto.js';

@AdminController('Bots')
export class PassesAdminController {
  constructor(private readonly credentials: BotCredentialsService) {}

  /**
   * Create a socket token for a bot
   *
   * @remarks With the token, the bot opens sockets of the chatbot connector without its key. For clients that request tokens only over
   * TLS on port 443: `Bot(server, token, https=False, web_port=3000)`. The token is valid for a month, and no longer than the bot's key.
   * Messages sent to the bot from now on are kept for its sockets.
   */
  @Post('bot/:id/socket-token')
  @ApiParam({ name: 'id', description: 'The id of the bot.', example: 'echo' })
  @Header('cache-control', 'no-store')
  @ClientErrors({ 404: ['Bot not found.'] })
  async createSocketToken(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientSocketTokenDto> {
    return toClientSocketToken(await this.credentials.issueAccessToken(actor, id));
  }
}
