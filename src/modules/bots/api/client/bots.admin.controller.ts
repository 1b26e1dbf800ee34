import { Body, Delete, Get, Header, Param, Post, Put } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ClientDoneDto } from '../../../../protocols/client/client-done.dto.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { BotsService } from '../../bots.service.js';
import { ClientBotKeyDto, ClientCreateBotDto, ClientCreatedBotDto } from './bots.client.dto.js';
import { toClientBotKey, toClientCreatedBot, toCreateBot } from './bots.client.mapper.js';

@AdminController('Admin API')
export class BotsAdminController {
  constructor(private readonly bots: BotsService) {}

  /** Makes a bot, and its key. */
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
    const profile = await this.bots.create(actor, toCreateBot(body));
    return toClientCreatedBot(profile, await this.bots.revealToken(actor, profile.bot.id));
  }

  /** Removes a bot with its key, its webhook and its chats. */
  @Delete('bot/:id')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @ClientErrors({ 404: ['Bot not found.'] })
  async remove(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientDoneDto> {
    await this.bots.remove(actor, id);
    return { message: 'Bot deleted.' };
  }

  /** Shows the key of a bot. */
  @Get('bot/:id/key')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @Header('cache-control', 'no-store')
  @ClientErrors({ 404: ['Key not found.'] })
  async showKey(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientBotKeyDto> {
    return toClientBotKey(id, await this.bots.revealToken(actor, id));
  }

  /** Gives a bot a new key. The old one is refused from then on: by this process at once, by others within a second. */
  @Put('bot/:id/key')
  @ApiParam({ name: 'id', description: 'The bot.', example: 'echo' })
  @Header('cache-control', 'no-store')
  @ClientErrors({ 404: ['Bot not found.'] })
  async renewKey(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientBotKeyDto> {
    return toClientBotKey(id, await this.bots.renewToken(actor, id));
  }
}
