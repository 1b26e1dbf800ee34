import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { EmptyResponse } from '../../../../protocols/platform/platform-empty-response.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { MembershipsService } from '../../memberships.service.js';
import { PlatformChannelListDto, PlatformJoinedChannelsDto } from './chats.platform.dto.js';
import { PlatformLeaveAllDto, PlatformMyChannelsQueryDto } from './users-chats.platform.dto.js';
import { ChatsPlatformLists } from './chats.platform.lists.js';
import { toJoinedChannels } from './chats.platform.mapper.js';
import { ChatsPlatformViews } from './chats.platform.views.js';
import { PlatformBotJoinDto, PlatformBotLeaveQueryDto } from './members.platform.requests.dto.js';

@PlatformController('users/:user_id/my_group_channels', 'Users')
export class UsersChatsPlatformController {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly lists: ChatsPlatformLists,
  ) {}

  /**
   * List a user's group channels
   *
   * @remarks Lists the channels of a person or a bot with the user's view of each.
   */
  @Get()
  @PlatformScope('channels:read')
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  listUserGroupChannels(
    @Param('user_id') userId: string,
    @Query() query: PlatformMyChannelsQueryDto,
  ): Promise<PlatformChannelListDto> {
    return this.lists.listByUser(userId, query);
  }

  /** Leave all group channels */
  @Put('leave')
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  leaveAllGroupChannels(
    @PlatformActor() actor: Actor,
    @Param('user_id') userId: string,
    @Body() { custom_type }: PlatformLeaveAllDto,
  ): Promise<void> {
    return this.memberships.leaveAll(actor, userId, custom_type);
  }
}

const BOT_JOINS: Record<string, PlatformBotJoinDto> = {
  'One channel': { channel_urls: ['lunch'] },
};

@PlatformController('bots/:bot_userid/channels', 'Bots')
export class BotsChatsPlatformController {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly views: ChatsPlatformViews,
    private readonly lists: ChatsPlatformLists,
  ) {}

  /**
   * Add a bot to channels
   *
   * @remarks Adds the bot to all these channels, or to none if one of them does not exist. The bot's consent is not required.
   */
  @Post()
  @PlatformScope('channels:write')
  @HttpCode(200)
  @PlatformParam('bot_userid', 'The id of the bot.', 'echo')
  @PlatformBody(PlatformBotJoinDto, BOT_JOINS)
  async addBotToChannels(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Body() { channel_urls }: PlatformBotJoinDto,
  ): Promise<PlatformJoinedChannelsDto> {
    return toJoinedChannels(
      await this.views.updateMany(channel_urls, () => this.memberships.addBot(actor, botId, channel_urls)),
    );
  }

  /**
   * List a bot's channels
   *
   * @remarks Lists the channels that a bot has joined or is invited to. This operation is an extension of the Platform API.
   */
  @Get()
  @PlatformScope('channels:read')
  @PlatformParam('bot_userid', 'The id of the bot.', 'echo')
  listBotChannels(
    @Param('bot_userid') botId: string,
    @Query() query: PlatformMyChannelsQueryDto,
  ): Promise<PlatformChannelListDto> {
    return this.lists.listByBot(botId, query);
  }

  /**
   * Remove a bot from its channels
   *
   * @remarks Removes the bot from all channels, or from the one given in the query.
   */
  @Delete()
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('bot_userid', 'The id of the bot.', 'echo')
  removeBotFromChannels(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Query() { channel_url }: PlatformBotLeaveQueryDto,
  ): Promise<void> {
    return this.memberships.leaveAsBot(actor, botId, channel_url);
  }

  /**
   * Remove a bot from a channel
   *
   * @remarks Has no effect if the bot is not a member.
   */
  @Delete(':channel_url')
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('bot_userid', 'The id of the bot.', 'echo')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  removeBotFromChannel(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Param('channel_url') channelUrl: string,
  ): Promise<void> {
    return this.memberships.leaveAsBot(actor, botId, channelUrl);
  }
}
