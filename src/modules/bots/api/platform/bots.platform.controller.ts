import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { together } from '../../../../core/database/database.js';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformEmptyDto } from '../../../../protocols/platform/platform-error.dto.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { creationPosition, PageTokens } from '../../../../protocols/platform/platform.paging.js';
import { type Actor, BotTokensService } from '../../../auth/index.js';
import { BotsService } from '../../bots.service.js';
import {
  PlatformBotDto,
  PlatformBotListDto,
  PlatformCreateBotDto,
  PlatformListBotsQueryDto,
  PlatformUpdateBotDto,
} from './bots.platform.dto.js';
import { BOT_CHANGES, NEW_BOTS } from './bots.platform.examples.js';
import { toBotFilter, toCreateBot, toPlatformBot, toUpdateBot } from './bots.platform.mapper.js';

/** The name of the list in its page tokens. */
const LIST = 'bots';

@PlatformController('bots', 'Bots')
export class BotsPlatformController {
  constructor(
    private readonly bots: BotsService,
    private readonly botTokens: BotTokensService,
    private readonly pageTokens: PageTokens,
  ) {}

  /**
   * Create a bot
   *
   * @remarks Creates a bot. It is told of messages by callback, once it is a member of a channel. With `ai`, a model answers for it.
   */
  @Post()
  @HttpCode(200)
  @PlatformBody(PlatformCreateBotDto, NEW_BOTS)
  async create(@PlatformActor() actor: Actor, @Body() body: PlatformCreateBotDto): Promise<PlatformBotDto> {
    const { bot } = await this.bots.create(actor, toCreateBot(body));
    return toPlatformBot(await this.bots.getRevealed(actor, bot.id));
  }

  /**
   * List bots
   *
   * @remarks Lists the bots in the order of their creation.
   */
  @Get()
  async list(@PlatformActor() actor: Actor, @Query() query: PlatformListBotsQueryDto): Promise<PlatformBotListDto> {
    const found = await this.bots.listRevealed(actor, toBotFilter(query, this.pageTokens.read(LIST, query.token)));
    const { items, next } = this.pageTokens.cut(LIST, found, query.limit!, ({ bot }) => creationPosition(bot));
    return { bots: items.map(toPlatformBot), next };
  }

  /** View a bot */
  @Get(':bot_userid')
  @PlatformParam('bot_userid', 'The bot.', 'echo')
  async view(@PlatformActor() actor: Actor, @Param('bot_userid') botId: string): Promise<PlatformBotDto> {
    return toPlatformBot(await this.bots.getRevealed(actor, botId));
  }

  /**
   * Update a bot
   *
   * @remarks Changes what is given, and leaves the rest as it is.
   */
  @Put(':bot_userid')
  @PlatformParam('bot_userid', 'The bot.', 'echo')
  @PlatformBody(PlatformUpdateBotDto, BOT_CHANGES)
  async update(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Body() body: PlatformUpdateBotDto,
  ): Promise<PlatformBotDto> {
    // A change of the bot does not touch its token, so both are looked up at once.
    const [profile, tokens] = await together([
      this.bots.update(actor, botId, toUpdateBot(body)),
      this.botTokens.revealMany([botId]),
    ]);
    return toPlatformBot({ ...profile, token: tokens.get(botId) ?? '' });
  }

  /**
   * Delete a bot
   *
   * @remarks The bot leaves all its channels. What it has said in groups stays.
   */
  @Delete(':bot_userid')
  @PlatformParam('bot_userid', 'The bot.', 'weather_bot')
  async delete(@PlatformActor() actor: Actor, @Param('bot_userid') botId: string): Promise<PlatformEmptyDto> {
    await this.bots.remove(actor, botId);
    return {};
  }
}
