import { Body, Get, Put } from '@nestjs/common';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { BotsService } from '../../bots.service.js';
import { ClientBotDto, ClientEditBotDto } from './bots.client.dto.js';
import { toClientBot, toUpdateBot } from './bots.client.mapper.js';

@BotController('Bot')
export class BotsBotController {
  constructor(private readonly bots: BotsService) {}

  /** Get the authenticated bot */
  @Get('bot')
  @ClientErrors({ 404: ['Bot not found.'] })
  async getBot(@CurrentActor() actor: Actor): Promise<ClientBotDto> {
    return toClientBot(await this.bots.get(actor.id));
  }

  /**
   * Update the bot's profile
   *
   * @remarks Omitted or empty fields stay unchanged.
   */
  @Put('bot')
  @ClientErrors({
    400: [
      'bot name should not be longer than 32 characters',
      'bot name should contain upper/lower case English letters, spaces, dashes or numbers',
      'bot description should not be longer than 512 characters',
      'specified url is not valid',
      'bot avatar url should not be longer than 256 characters',
      'Bot with this name already exists.',
    ],
    404: ['Bot not found.'],
  })
  async updateBot(@CurrentActor() actor: Actor, @Body() body: ClientEditBotDto): Promise<ClientBotDto> {
    return toClientBot(await this.bots.update(actor, actor.id, toUpdateBot(body)));
  }
}
