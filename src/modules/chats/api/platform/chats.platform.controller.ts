import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformEmptyDto } from '../../../../protocols/platform/platform-error.dto.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { AcceptsPicture, StoredFiles } from '../../../../protocols/platform/platform-upload.interceptor.js';
import { PageTokens } from '../../../../protocols/platform/platform.paging.js';
import type { Actor } from '../../../auth/index.js';
import { ChatDirectory } from '../../chat-directory.js';
import { type FileEntity, PicturesService } from '../../../files/index.js';
import { GroupsService } from '../../groups.service.js';
import { PlatformChannelDto, PlatformChannelListDto } from './chats.platform.dto.js';
import { CHANNEL_CHANGES, NEW_CHANNELS } from './chats.platform.examples.js';
import { PlatformListChannelsQueryDto } from './chats.platform.lists.dto.js';
import { listName, readGroupPosition, toGroupFilter, toListOptions } from './chats.platform.lists.mapper.js';
import { toChannelOptions, toCreateGroup, toUpdateGroup } from './chats.platform.mapper.js';
import {
  PlatformCreateChannelDto,
  PlatformFreezeDto,
  PlatformUpdateChannelDto,
  PlatformViewChannelQueryDto,
} from './chats.platform.requests.dto.js';
import { ChatsPlatformViews } from './chats.platform.views.js';

/** The name of the list in its page tokens; each order is a list of its own. */
const LIST = 'group_channels';

@PlatformController('group_channels', 'Group channels')
export class ChatsPlatformController {
  constructor(
    private readonly groups: GroupsService,
    private readonly pictures: PicturesService,
    private readonly directory: ChatDirectory,
    private readonly views: ChatsPlatformViews,
    private readonly tokens: PageTokens,
  ) {}

  /**
   * Create a group channel
   *
   * @remarks Creates a channel with its members, people and bots. A bot that wants to be asked becomes invited only.
   */
  @Post()
  @HttpCode(200)
  @AcceptsPicture('cover_file')
  @PlatformBody(PlatformCreateChannelDto, NEW_CHANNELS)
  async create(
    @PlatformActor() actor: Actor,
    @Body() body: PlatformCreateChannelDto,
    @StoredFiles() [picture]: FileEntity[],
  ): Promise<PlatformChannelDto> {
    const command = toCreateGroup(body);
    if (picture) command.coverUrl = this.pictures.addressOf(picture);
    return this.views.opened(() => this.groups.create(actor, command));
  }

  /**
   * List group channels
   *
   * @remarks Lists channels in which something was said; the others too with `show_empty`.
   */
  @Get()
  async list(@Query() query: PlatformListChannelsQueryDto): Promise<PlatformChannelListDto> {
    const list = listName(LIST, query);
    const after = readGroupPosition(this.tokens.read(list, query.token));
    const found = await this.directory.groups(toGroupFilter(query, after));
    const { items, next } = this.tokens.cut(list, found, query.limit!, ({ chat, key }) => [key, chat.id]);
    const channels = await this.views.many(
      items.map(({ chat }) => chat),
      toListOptions(query),
    );
    return { channels, next, ts: Date.now() };
  }

  /** View a group channel */
  @Get(':channel_url')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async view(
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
  @AcceptsPicture('cover_file')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformBody(PlatformUpdateChannelDto, CHANNEL_CHANGES)
  async update(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformUpdateChannelDto,
    @StoredFiles() [picture]: FileEntity[],
  ): Promise<PlatformChannelDto> {
    const changes = toUpdateGroup(body);
    if (picture) changes.coverUrl = this.pictures.addressOf(picture);
    const [view] = await this.views.changed([channelUrl], () => this.groups.update(actor, channelUrl, changes));
    return view;
  }

  /**
   * Delete a group channel
   *
   * @remarks Deletes the channel with all that was said in it. The URL can be used again.
   */
  @Delete(':channel_url')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async delete(@PlatformActor() actor: Actor, @Param('channel_url') channelUrl: string): Promise<PlatformEmptyDto> {
    await this.groups.remove(actor, channelUrl);
    return {};
  }

  /**
   * Freeze a group channel
   *
   * @remarks In a frozen channel only operators write. Unfreezes it too.
   */
  @Put(':channel_url/freeze')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async freeze(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { freeze }: PlatformFreezeDto,
  ): Promise<PlatformChannelDto> {
    const [view] = await this.views.changed([channelUrl], () =>
      this.groups.update(actor, channelUrl, { isFrozen: freeze }),
    );
    return view;
  }
}
