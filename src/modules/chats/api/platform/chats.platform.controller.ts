import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { EmptyResponse } from '../../../../protocols/platform/platform-empty-response.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import { AcceptsImage } from '../../../../protocols/platform/platform-upload.interceptor.js';
import type { Actor } from '../../../auth/index.js';
import { ChatRemover } from '../../chat-remover.js';
import { GroupsService } from '../../groups.service.js';
import { PlatformChannelDto, PlatformChannelListDto } from './chats.platform.dto.js';
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

const NEW_CHANNELS: Record<string, PlatformCreateChannelDto> = {
  'A person and a bot': { channel_url: 'lunch', name: 'Lunch', user_ids: ['mia', 'echo'] },
};

const CHANNEL_CHANGES: Record<string, PlatformUpdateChannelDto> = {
  'Another title': { name: 'Late lunch' },
};

@PlatformController('group_channels', 'Group channels')
export class ChatsPlatformController {
  constructor(
    private readonly groups: GroupsService,
    private readonly remover: ChatRemover,
    private readonly views: ChatsPlatformViews,
    private readonly lists: ChatsPlatformLists,
  ) {}

  /**
   * Create a group channel
   *
   * @remarks Creates a channel with its members: people and bots. A bot that requires consent is invited; its owner accepts the invitation.
   */
  @Post()
  @PlatformScope('channels:write')
  @HttpCode(200)
  @AcceptsImage('cover_file', 'cover_url')
  @PlatformBody(PlatformCreateChannelDto, NEW_CHANNELS)
  createGroupChannel(
    @PlatformActor() actor: Actor,
    @Body() body: PlatformCreateChannelDto,
  ): Promise<PlatformChannelDto> {
    return this.views.create(() => this.groups.create(actor, toCreateGroup(body)));
  }

  /**
   * List group channels
   *
   * @remarks Lists channels that have messages. `show_empty` includes the others.
   */
  @Get()
  @PlatformScope('channels:read')
  listGroupChannels(@Query() query: PlatformListChannelsQueryDto): Promise<PlatformChannelListDto> {
    return this.lists.list(query);
  }

  /** View a group channel */
  @Get(':channel_url')
  @PlatformScope('channels:read')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  getGroupChannel(
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformViewChannelQueryDto,
  ): Promise<PlatformChannelDto> {
    return this.views.get(channelUrl, toChannelOptions(query));
  }

  /**
   * Update a group channel
   *
   * @remarks Changes the given fields. Absent fields stay unchanged.
   */
  @Put(':channel_url')
  @PlatformScope('channels:write')
  @AcceptsImage('cover_file', 'cover_url')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  @PlatformBody(PlatformUpdateChannelDto, CHANNEL_CHANGES)
  updateGroupChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformUpdateChannelDto,
  ): Promise<PlatformChannelDto> {
    return this.views.update(channelUrl, () => this.groups.update(actor, channelUrl, toUpdateGroup(body)));
  }

  /**
   * Delete a group channel
   *
   * @remarks Deletes the channel with all its messages. A new channel can use the same URL.
   */
  @Delete(':channel_url')
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  deleteGroupChannel(@PlatformActor() actor: Actor, @Param('channel_url') channelUrl: string): Promise<void> {
    return this.remover.remove(actor, channelUrl);
  }

  /**
   * Freeze or unfreeze a group channel
   *
   * @remarks Only operators can send messages in a frozen channel.
   */
  @Put(':channel_url/freeze')
  @PlatformScope('channels:write')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  freezeGroupChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { freeze }: PlatformFreezeDto,
  ): Promise<PlatformChannelDto> {
    return this.views.update(channelUrl, () => this.groups.update(actor, channelUrl, { isFrozen: freeze }));
  }
}
