import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { together } from '../../../../core/database/database.js';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformEmptyDto } from '../../../../protocols/platform/platform-error.dto.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PageTokens } from '../../../../protocols/platform/platform.paging.js';
import type { Actor } from '../../../auth/index.js';
import { BotsService } from '../../../bots/index.js';
import { ChatDirectory } from '../../chat-directory.js';
import { MembershipsService } from '../../memberships.service.js';
import { PlatformChannelListDto, PlatformJoinedChannelsDto } from './chats.platform.dto.js';
import { BOT_JOINS } from './chats.platform.examples.js';
import { PlatformLeaveAllDto, PlatformMyChannelsQueryDto } from './chats.platform.lists.dto.js';
import { listName, readGroupPosition, toListOptions, toMyGroupFilter } from './chats.platform.lists.mapper.js';
import { ChatsPlatformViews } from './chats.platform.views.js';
import { PlatformBotJoinDto, PlatformBotLeaveQueryDto } from './members.platform.dto.js';

/** The channels of one user, person or bot. */
abstract class ChannelsOfUser {
  protected abstract readonly directory: ChatDirectory;
  protected abstract readonly views: ChatsPlatformViews;
  protected abstract readonly tokens: PageTokens;

  protected async listOf(userId: string, query: PlatformMyChannelsQueryDto): Promise<PlatformChannelListDto> {
    const list = listName(`my_group_channels:${userId}`, query);
    const after = readGroupPosition(this.tokens.read(list, query.token));
    const found = await this.directory.groups(toMyGroupFilter(userId, query, after));
    const { items, next } = this.tokens.cut(list, found, query.limit!, ({ chat, key }) => [key, chat.id]);
    const channels = await this.views.many(
      items.map(({ chat }) => chat),
      toListOptions(query, userId),
    );
    return { channels, next, ts: Date.now() };
  }
}

@PlatformController('users/:user_id/my_group_channels', 'Users')
export class UsersChatsPlatformController extends ChannelsOfUser {
  constructor(
    protected readonly directory: ChatDirectory,
    protected readonly views: ChatsPlatformViews,
    protected readonly tokens: PageTokens,
    private readonly memberships: MembershipsService,
  ) {
    super();
  }

  /**
   * List the group channels of a user
   *
   * @remarks Lists the channels of a person or a bot, as this user sees them.
   */
  @Get()
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async list(
    @Param('user_id') userId: string,
    @Query() query: PlatformMyChannelsQueryDto,
  ): Promise<PlatformChannelListDto> {
    return this.listOf(userId, query);
  }

  /** Leave all group channels */
  @Put('leave')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async leave(
    @PlatformActor() actor: Actor,
    @Param('user_id') userId: string,
    @Body() body: PlatformLeaveAllDto,
  ): Promise<PlatformEmptyDto> {
    await this.memberships.leaveAll(actor, userId, { customType: body.custom_type });
    return {};
  }
}

@PlatformController('bots/:bot_userid/channels', 'Bots')
export class BotsChatsPlatformController extends ChannelsOfUser {
  constructor(
    protected readonly directory: ChatDirectory,
    protected readonly views: ChatsPlatformViews,
    protected readonly tokens: PageTokens,
    private readonly memberships: MembershipsService,
    private readonly bots: BotsService,
  ) {
    super();
  }

  /**
   * Let a bot join channels
   *
   * @remarks The bot becomes a member of all these channels, or of none if one of them does not exist. It is not asked.
   */
  @Post()
  @HttpCode(200)
  @PlatformParam('bot_userid', 'The bot.', 'echo')
  @PlatformBody(PlatformBotJoinDto, BOT_JOINS)
  async join(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Body() body: PlatformBotJoinDto,
  ): Promise<PlatformJoinedChannelsDto> {
    const channels = await this.views.changed(body.channel_urls, () =>
      this.memberships.addBot(actor, botId, body.channel_urls),
    );
    return { ...channels[0], channels };
  }

  /**
   * List the channels of a bot
   *
   * @remarks Lists the channels that a bot has joined, or is invited to. This call is our own; other servers of this API do not have it.
   */
  @Get()
  @PlatformParam('bot_userid', 'The bot.', 'echo')
  async list(
    @Param('bot_userid') botId: string,
    @Query() query: PlatformMyChannelsQueryDto,
  ): Promise<PlatformChannelListDto> {
    const [, list] = await together([this.bots.get(botId), this.listOf(botId, query)]);
    return list;
  }

  /**
   * Let a bot leave its channels
   *
   * @remarks All of them, or the one that the query names.
   */
  @Delete()
  @PlatformParam('bot_userid', 'The bot.', 'echo')
  async leaveAll(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Query() { channel_url }: PlatformBotLeaveQueryDto,
  ): Promise<PlatformEmptyDto> {
    if (channel_url) await this.memberships.leaveAsBot(actor, channel_url, botId);
    else await this.memberships.leaveAll(actor, botId, { kind: 'bot' });
    return {};
  }

  /**
   * Let a bot leave a channel
   *
   * @remarks A bot that is not a member has left already.
   */
  @Delete(':channel_url')
  @PlatformParam('bot_userid', 'The bot.', 'echo')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async leave(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Param('channel_url') channelUrl: string,
  ): Promise<PlatformEmptyDto> {
    await this.memberships.leaveAsBot(actor, channelUrl, botId);
    return {};
  }
}
