import { Get } from '@nestjs/common';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { BotsService } from '../../bots.service.js';
import { ClientBotDto } from './bots.client.dto.js';
import { toClientBot } from './bots.client.mapper.js';

@BotController('Bot API: the bot')
export class BotsBotController {
  constructor(private readonly bots: BotsService) {}

  /** Shows the bot that asks. */
  @Get('bot')
  @ClientErrors({ 404: ['Bot not found.'] })
  async show(@CurrentActor() actor: Actor): Promise<ClientBotDto> {
    return toClientBot(await this.bots.get(actor.id));
  }
}
