import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { AcceptsForm } from '../../../../protocols/platform/platform-form.interceptor.js';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import type { Actor } from '../../../auth/index.js';
import { ChatsService } from '../../chats.service.js';
import { PlatformChannelDto, PlatformCreateChannelDto, PlatformViewChannelQueryDto } from './chats.platform.dto.js';
import { NEW_CHANNELS } from './chats.platform.examples.js';
import { toChannelOptions, toCreateGroup } from './chats.platform.mapper.js';
import { ChatsPlatformViews } from './chats.platform.views.js';

@PlatformController('group_channels', 'Group channels')
export class ChatsPlatformController {
  constructor(
    private readonly chats: ChatsService,
    private readonly views: ChatsPlatformViews,
  ) {}

  /**
   * Create a group channel
   *
   * @remarks Creates a channel with its members, people and bots. A bot that wants to be asked becomes invited only.
   */
  @Post()
  @HttpCode(200)
  @AcceptsForm()
  @PlatformBody(PlatformCreateChannelDto, NEW_CHANNELS)
  async create(@PlatformActor() actor: Actor, @Body() body: PlatformCreateChannelDto): Promise<PlatformChannelDto> {
    return this.views.one(await this.chats.createGroup(actor, toCreateGroup(body)), { showMembers: true });
  }

  /** View a group channel */
  @Get(':channel_url')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async view(
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformViewChannelQueryDto,
  ): Promise<PlatformChannelDto> {
    return this.views.one(await this.chats.getWithMembers(channelUrl), toChannelOptions(query));
  }
}
