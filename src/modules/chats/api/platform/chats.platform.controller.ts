import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { AnswersEmpty } from '../../../../protocols/platform/platform-empty-answer.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import { AcceptsPicture } from '../../../../protocols/platform/platform-upload.interceptor.js';
import type { Actor } from '../../../auth/index.js';
import { GroupsService } from '../../groups.service.js';
import { PlatformChannelDto, PlatformChannelListDto } from './chats.platform.dto.js';
import { CHANNEL_CHANGES, NEW_CHANNELS } from './chats.platform.examples.js';
import { PlatformListChannelsQueryDto } from './chats.platform.lists.dto.js';
import { ChatsPlatformLists } from './chats.platform.lists.js';
import { toChannelOptions, toCreateGroup, toUpdateGroup } from './chats.platform.mapper.js';
import {
  PlatformCreateChannelDto,
  PlatformFreezeDto,
  PlatformUpdateChannelDto,
  PlatformViewChannelQueryDto,
} from './chats.platform.requests.dto.js';
import { ChatsPlatformViews } from './chats.platform.views.js';

@PlatformController('group_channels', 'Group channels')
export class ChatsPlatformController {
  constructor(
    private readonly groups: GroupsService,
    private readonly views: ChatsPlatformViews,
    private readonly lists: ChatsPlatformLists,
  ) {}

  /**
   * Create a group channel
   *
   * @remarks Creates a channel with its members, people and bots. A bot that wants to be asked becomes invited only.
   */
  @Post()
  @PlatformScope('channels:write')
  @HttpCode(200)
  @AcceptsPicture('cover_file', 'cover_url')
  @PlatformBody(PlatformCreateChannelDto, NEW_CHANNELS)
  createChannel(@PlatformActor() actor: Actor, @Body() body: PlatformCreateChannelDto): Promise<PlatformChannelDto> {
    return this.views.opened(() => this.groups.create(actor, toCreateGroup(body)));
  }

  /**
   * List group channels
   *
   * @remarks Lists channels in which something was said; the others too with `show_empty`.
   */
  @Get()
  @PlatformScope('channels:read')
  listChannels(@Query() query: PlatformListChannelsQueryDto): Promise<PlatformChannelListDto> {
    return this.lists.all(query);
  }

  /** View a group channel */
  @Get(':channel_url')
  @PlatformScope('channels:read')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  getChannel(
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformViewChannelQueryDto,
  ): Promise<PlatformChannelDto> {
    return this.views.one(channelUrl, toChannelOptions(query));
  }

  /**
   * Update a group channel
   *
   * @remarks Changes what is given, and leaves the rest as it is.
   */
  @Put(':channel_url')
  @PlatformScope('channels:write')
  @AcceptsPicture('cover_file', 'cover_url')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformBody(PlatformUpdateChannelDto, CHANNEL_CHANGES)
  updateChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformUpdateChannelDto,
  ): Promise<PlatformChannelDto> {
    return this.views.changed(channelUrl, () => this.groups.update(actor, channelUrl, toUpdateGroup(body)));
  }

  /**
   * Delete a group channel
   *
   * @remarks Deletes the channel with all that was said in it. The URL can be used again.
   */
  @Delete(':channel_url')
  @PlatformScope('channels:write')
  @AnswersEmpty()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  deleteChannel(@PlatformActor() actor: Actor, @Param('channel_url') channelUrl: string): Promise<void> {
    return this.groups.remove(actor, channelUrl);
  }

  /**
   * Freeze a group channel
   *
   * @remarks In a frozen channel only operators write. Unfreezes it too.
   */
  @Put(':channel_url/freeze')
  @PlatformScope('channels:write')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  freezeChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { freeze }: PlatformFreezeDto,
  ): Promise<PlatformChannelDto> {
    return this.views.changed(channelUrl, () => this.groups.update(actor, channelUrl, { isFrozen: freeze }));
  }
}
