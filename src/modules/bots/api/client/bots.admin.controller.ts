import { Body, Delete, Get, Header, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { MessageResponse } from '../../../../protocols/client/message-response.decorator.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { AdminController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { BotCredentialsService } from '../../bot-credentials.service.js';
import { BotsService } from '../../bots.service.js';
import {
  ClientAdminBotDto,
  ClientBotAccessTokenDto,
  ClientBotKeyDto,
  ClientCreateBotDto,
  ClientCreatedBotDto,
  ClientListAdminBotsDto,
  ClientRenewKeyDto,
} from './bots.client.dto.js';
import { ClientBotFactory } from './client-bot-factory.js';
import { toClientAdminBot, toClientBotAccessToken, toClientBotKey, toClientCreatedBot } from './bots.client.mapper.js';

@AdminController('Bots')
export class BotsAdminController {
  constructor(
    private readonly bots: BotsService,
    private readonly credentials: BotCredentialsService,
    private readonly factory: ClientBotFactory,
  ) {}

  /**
   * Create a bot
   *
   * @remarks Returns the bot and its key. With `ai`, a model replies for the bot.
   */
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
  async createBot(@CurrentActor() actor: Actor, @Body() body: ClientCreateBotDto): Promise<ClientCreatedBotDto> {
    return toClientCreatedBot(await this.factory.create(actor, body));
  }

  /**
   * Delete a bot
   *
   * @remarks Also deletes the bot's key, webhook and chats.
   */
  @Delete('bot/:id')
  @ApiParam({ name: 'id', description: 'The id of the bot.', example: 'echo' })
  @MessageResponse('Bot deleted.')
  @ClientErrors({ 404: ['Bot not found.'] })
  deleteBot(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.bots.remove(actor, id);
  }

  /** Get a bot's key */
  @Get('bot/:id/key')
  @ApiParam({ name: 'id', description: 'The id of the bot.', example: 'echo' })
  @Header('cache-control', 'no-store')
  @ClientErrors({ 404: ['Key not found.'] })
  async getBotKey(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientBotKeyDto> {
    return toClientBotKey(id, await this.credentials.revealToken(actor, id));
  }

  /**
   * Rotate a bot's key
   *
   * @remarks Creates a new key. The old key is rejected at once by this process and within a second by the others. With `overlap`, it
   * stays valid for that many seconds. A bot has at most two valid keys.
   */
  @Put('bot/:id/key')
  @ApiParam({ name: 'id', description: 'The id of the bot.', example: 'echo' })
  @Header('cache-control', 'no-store')
  @ClientErrors({ 400: ['overlap must not be greater than 604800'], 404: ['Bot not found.'] })
  async rotateBotKey(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Query() { overlap }: ClientRenewKeyDto,
  ): Promise<ClientBotKeyDto> {
    return toClientBotKey(id, await this.credentials.rotateToken(actor, id, overlap));
  }

  /**
   * List all bots
   *
   * @remarks Includes disabled bots. Sorted by creation time, oldest first.
   */
  @Get('bots')
  @ClientErrors({ 400: ['limit must not be greater than 1000'], 404: ['Bot not found.'] })
  async listAllBots(
    @CurrentActor() actor: Actor,
    @Query() { limit, after }: ClientListAdminBotsDto,
  ): Promise<ClientAdminBotDto[]> {
    return (await this.bots.listAll(actor, limit, after)).map(toClientAdminBot);
  }

  /**
   * Disable a bot
   *
   * @remarks A disabled bot is not listed, its key is rejected, and it receives no events. Its data stays.
   */
  @Post('bot/:id/disable')
  @HttpCode(200)
  @ApiParam({ name: 'id', description: 'The id of the bot.', example: 'echo' })
  @ClientErrors({ 404: ['Bot not found.'] })
  async disableBot(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAdminBotDto> {
    return toClientAdminBot(await this.bots.setDisabled(actor, id, true));
  }

  /**
   * Enable a bot
   *
   * @remarks The bot receives messages sent from then on.
   */
  @Post('bot/:id/enable')
  @HttpCode(200)
  @ApiParam({ name: 'id', description: 'The id of the bot.', example: 'echo' })
  @ClientErrors({ 404: ['Bot not found.'] })
  async enableBot(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ClientAdminBotDto> {
    return toClientAdminBot(await this.bots.setDisabled(actor, id, false));
  }

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
