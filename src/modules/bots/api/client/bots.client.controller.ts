import { Get, Param } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { ClientController, Public } from '../../../../protocols/client/client.controller.decorator.js';
import { BotCommandsService } from '../../bot-commands.service.js';
import { BotsService } from '../../bots.service.js';
import { ClientBotCommandDto, ClientBotDto } from './bots.client.dto.js';
import { toClientBot, toClientBotCommand } from './bots.client.mapper.js';

/** The contract has no paging here, and the endpoint is public. */
const MAX_LISTED = 1000;

@ClientController('Bots')
export class BotsClientController {
  constructor(
    private readonly bots: BotsService,
    private readonly commands: BotCommandsService,
  ) {}

  /**
   * List bots
   *
   * @remarks Returns the first 1000 bots, sorted by creation time, oldest first.
   */
  @Get('bots')
  @Public()
  async listBots(): Promise<ClientBotDto[]> {
    return (await this.bots.list({ limit: MAX_LISTED, includeDisabled: false })).map(toClientBot);
  }

  /** Get a bot */
  @Get('bot/:id')
  @Public()
  @ApiParam({ name: 'id', description: 'The id of the bot.', example: 'echo' })
  @ClientErrors({ 404: ['Bot not found.'] })
  async getBot(@Param('id') id: string): Promise<ClientBotDto> {
    return toClientBot(await this.bots.get(id));
  }

  /** List a bot's commands */
  @Get('bot/:id/commands')
  @ApiParam({ name: 'id', description: 'The id of the bot.', example: 'echo' })
  @ClientErrors({ 404: ['Bot not found.'] })
  async listBotCommands(@Param('id') id: string): Promise<ClientBotCommandDto[]> {
    return (await this.commands.list(id)).map(toClientBotCommand);
  }
}
