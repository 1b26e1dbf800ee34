import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { EmptyResponse } from '../../../../protocols/platform/platform-empty-response.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import { creationPosition, PlatformPages } from '../../../../protocols/platform/platform.paging.js';
import type { Actor } from '../../../auth/index.js';
import { BotsService, type BotWithToken } from '../../bots.service.js';
import { PlatformBotDto, PlatformBotListDto } from './bots.platform.dto.js';
import {
  PlatformCreateBotDto,
  PlatformListBotsQueryDto,
  PlatformUpdateBotDto,
  BOT_CHANGES,
  NEW_BOTS,
} from './bots.platform.requests.dto.js';
import { toBotFilter, toBotList, toCreateBot, toPlatformBot, toUpdateBot } from './bots.platform.mapper.js';

const BOTS = { name: 'bots', positionOf: ({ bot }: BotWithToken) => creationPosition(bot) };

@PlatformController('bots', 'Bots')
export class BotsPlatformController {
  constructor(
    private readonly bots: BotsService,
    private readonly pages: PlatformPages,
  ) {}

  /**
   * Create a bot
   *
   * @remarks Creates a bot. It receives messages by callback after it joins a channel. With `ai`, a model replies for the bot.
   */
  @Post()
  @PlatformScope('bots:write')
  @HttpCode(200)
  @PlatformBody(PlatformCreateBotDto, NEW_BOTS)
  async createBot(@PlatformActor() actor: Actor, @Body() body: PlatformCreateBotDto): Promise<PlatformBotDto> {
    return toPlatformBot(await this.bots.create(actor, toCreateBot(body)));
  }

  /**
   * List bots
   *
   * @remarks Sorted by creation time, oldest first.
   */
  @Get()
  @PlatformScope('bots:read')
  async listBots(@PlatformActor() actor: Actor, @Query() query: PlatformListBotsQueryDto): Promise<PlatformBotListDto> {
    return toBotList(
      await this.pages.list(BOTS, query, (slice) => this.bots.listWithTokens(actor, toBotFilter(query, slice))),
    );
  }

  /** Get a bot */
  @Get(':bot_userid')
  @PlatformScope('bots:read')
  @PlatformParam('bot_userid', 'The id of the bot.', 'echo')
  async getBot(@PlatformActor() actor: Actor, @Param('bot_userid') botId: string): Promise<PlatformBotDto> {
    return toPlatformBot(await this.bots.getWithToken(actor, botId));
  }

  /**
   * Update a bot
   *
   * @remarks Changes the given fields and leaves the others unchanged.
   */
  @Put(':bot_userid')
  @PlatformScope('bots:write')
  @PlatformParam('bot_userid', 'The id of the bot.', 'echo')
  @PlatformBody(PlatformUpdateBotDto, BOT_CHANGES)
  async updateBot(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Body() body: PlatformUpdateBotDto,
  ): Promise<PlatformBotDto> {
    return toPlatformBot(await this.bots.updateWithToken(actor, botId, toUpdateBot(body)));
  }

  /**
   * Delete a bot
   *
   * @remarks The bot leaves all its channels. Its messages in groups stay.
   */
  @Delete(':bot_userid')
  @PlatformScope('bots:write')
  @EmptyResponse()
  @PlatformParam('bot_userid', 'The id of the bot.', 'weather_bot')
  deleteBot(@PlatformActor() actor: Actor, @Param('bot_userid') botId: string): Promise<void> {
    return this.bots.remove(actor, botId);
  }
}
