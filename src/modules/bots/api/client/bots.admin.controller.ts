import { Body, Delete, Get, Header, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { AnswersDone } from '../../../../protocols/client/client-done.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { BotAdministrationService } from '../../bot-administration.service.js';
import {
  ClientAdminBotDto,
  ClientBotKeyDto,
  ClientCreateBotDto,
  ClientCreatedBotDto,
  ClientListAdminBotsDto,
  ClientRenewKeyDto,
} from './bots.client.dto.js';
import { BotsClientMaker } from './bots.client.maker.js';
import { toClientAdminBot, toClientBotKey, toClientCreatedBot } from './bots.client.mapper.js';

@AdminController('Admin API')
export class BotsAdminController {
  constructor(
    private readonly administration: BotAdministrationService,
    private readonly maker: BotsClientMaker,
  ) {}

  /** Makes a bot, and its key. With `ai`, a model answers for it. */
  @Post('bot')
  @Header('cache-control', 'no-store')
  @ClientErrors({
    400: [
      'bot name must not be empty',
      'bot name should not be longer than 32 characters',
      'bot name should contain upper/lower case English letters, spaces, dashes or numbers',
      'Bot with this name already exists.',
    ],
  })
  async create(@CurrentActor() actor: Actor, @Body() body: ClientCreateBotDto): Promise<ClientCreatedBotDto> {
    return toClientCreatedBot(await this.maker.make(actor, body));
  }

  /** Removes a bot with its key, its webhook and its chats. */
  @Delete('bot/:id')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @AnswersDone('Bot deleted.')
  @ClientErrors({ 404: ['Bot not found.'] })
  remove(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.administration.remove(actor, id);
  }

  /** Shows the key of a bot. */
  @Get('bot/:id/key')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @Header('cache-control', 'no-store')
  @ClientErrors({ 404: ['Key not found.'] })
  async showKey(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientBotKeyDto> {
    return toClientBotKey(id, await this.administration.revealToken(actor, id));
  }

  /**
   * Gives a bot a new key.
   *
   * @remarks The old one is refused from then on: by this process at once, by others within a second. With `overlap`, it stays good for so
   * many seconds more. A bot never has more than two.
   */
  @Put('bot/:id/key')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @Header('cache-control', 'no-store')
  @ClientErrors({ 400: ['overlap must not be greater than 604800'], 404: ['Bot not found.'] })
  async renewKey(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() { overlap }: ClientRenewKeyDto,
  ): Promise<ClientBotKeyDto> {
    return toClientBotKey(id, await this.administration.renewToken(actor, id, overlap));
  }

  /** Lists all bots, disabled ones too, in the order in which they were made. */
  @Get('bots')
  @ClientErrors({ 400: ['limit must not be greater than 1000'], 404: ['Bot not found.'] })
  async list(
    @CurrentActor() actor: Actor,
    @Query() { limit, after }: ClientListAdminBotsDto,
  ): Promise<ClientAdminBotDto[]> {
    return (await this.administration.list(actor, limit, after)).map(toClientAdminBot);
  }

  /** Disables a bot: it is not listed any more, its key opens nothing, and it is told of nothing. What is its own stays. */
  @Post('bot/:id/disable')
  @HttpCode(200)
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({ 404: ['Bot not found.'] })
  async disable(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAdminBotDto> {
    return toClientAdminBot(await this.administration.setDisabled(actor, id, true));
  }

  /** Enables a bot again. It is told of what is said from then on. */
  @Post('bot/:id/enable')
  @HttpCode(200)
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({ 404: ['Bot not found.'] })
  async enable(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAdminBotDto> {
    return toClientAdminBot(await this.administration.setDisabled(actor, id, false));
  }
}
