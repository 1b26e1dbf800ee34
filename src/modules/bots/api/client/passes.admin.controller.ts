import { Header, Param, Post } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { BotPassAdministrationService } from '../../bot-pass-administration.service.js';
import { toClientSocketToken } from './bots.client.mapper.js';
import { ClientSocketTokenDto } from './passes.client.dto.js';

@AdminController('Admin API')
export class PassesAdminController {
  constructor(private readonly passes: BotPassAdministrationService) {}

  /**
   * Makes a token with which a bot can open sockets of the chatbot connector, without its key.
   *
   * @remarks For clients that ask for tokens over TLS on port 443 only: `Bot(server, token, https=False, web_port=3000)`. It is good
   * for a month, and no longer than the bot's key. What is said to the bot from now on is kept for its sockets.
   */
  @Post('bot/:id/socket-token')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @Header('cache-control', 'no-store')
  @ClientErrors({ 404: ['Bot not found.'] })
  async issue(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientSocketTokenDto> {
    return toClientSocketToken(await this.passes.issue(actor, id));
  }
}
