import { Get, Param } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { ClientController, Public } from '../../../../protocols/client/client.controller.decorator.js';
import { BotsService } from '../../bots.service.js';
import { ClientBotCommandDto, ClientBotDto } from './bots.client.dto.js';
import { toClientBot, toClientBotCommand } from './bots.client.mapper.js';

/** The contract knows no pages here, and anybody may ask. */
const MAX_LISTED = 1000;

@ClientController('Bots')
export class BotsClientController {
  constructor(private readonly bots: BotsService) {}

  /** Lists the bots of the server in the order in which they were made; the first 1000 of them. */
  @Get('bots')
  @Public()
  async list(): Promise<ClientBotDto[]> {
    return (await this.bots.list({ limit: MAX_LISTED, includeDisabled: false })).map(toClientBot);
  }

  /** Shows a bot. */
  @Get('bot/:id')
  @Public()
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({ 404: ['Bot not found.'] })
  async show(@Param('id') id: string): Promise<ClientBotDto> {
    return toClientBot(await this.bots.get(id));
  }

  /** Lists the commands that a bot offers. */
  @Get('bot/:id/commands')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({ 404: ['Bot not found.'] })
  async commands(@Param('id') id: string): Promise<ClientBotCommandDto[]> {
    return (await this.bots.commands(id)).map(toClientBotCommand);
  }
}
