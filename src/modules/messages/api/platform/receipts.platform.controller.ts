import { Body, Get, Param, Put, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { EmptyResponse } from '../../../../protocols/platform/platform-empty-response.decorator.js';
import { PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import { fromMillis } from '../../../../protocols/platform/platform.time.js';
import type { Actor } from '../../../auth/index.js';
import { ChatQueries, ChatsService } from '../../../chats/index.js';
import { ReadReceiptsService } from '../../read-receipts.service.js';
import {
  PlatformMarkAllReadDto,
  PlatformMarkDeliveredDto,
  PlatformMarkReadDto,
  PlatformTotalDto,
  PlatformUnreadCountDto,
  PlatformUnreadCountQueryDto,
  PlatformUnreadDto,
  PlatformUnreadQueryDto,
} from './message-changes.platform.dto.js';

/** Registered before the controller of single messages, whose `:message_id` would match these paths. */
@PlatformController('group_channels/:channel_url/messages', 'Messages')
export class ReceiptsPlatformController {
  constructor(
    private readonly receipts: ReadReceiptsService,
    private readonly chats: ChatsService,
    private readonly chatQueries: ChatQueries,
  ) {}

  /** Count the messages of a channel */
  @Get('total_count')
  @PlatformScope('messages:read')
  @PlatformParam('channel_url', 'The URL of the channel.', 'lunch')
  async countMessages(@Param('channel_url') channelUrl: string): Promise<PlatformTotalDto> {
    return { total: (await this.chats.get(channelUrl)).messageCount };
  }

  /** Count the unread messages of members */
  @Get('unread_count')
  @PlatformScope('messages:read')
  @PlatformParam('channel_url', 'The URL of the channel.', 'lunch')
  async countUnreadMessagesByMember(
    @Param('channel_url') channelUrl: string,
    @Query() { user_ids }: PlatformUnreadQueryDto,
  ): Promise<PlatformUnreadDto> {
    return { unread: Object.fromEntries(await this.receipts.countUnreadByUser(channelUrl, user_ids)) };
  }

  /**
   * Mark a channel as read
   *
   * @remarks Moves the member's read position forward. It never moves back.
   */
  @Put('mark_as_read')
  @PlatformScope('messages:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The URL of the channel.', 'lunch')
  markChannelAsRead(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { user_id, timestamp }: PlatformMarkReadDto,
  ): Promise<void> {
    return this.receipts.markRead(actor, channelUrl, user_id, fromMillis(timestamp));
  }

  /** Mark the messages of a channel as delivered */
  @Put('mark_as_delivered')
  @PlatformScope('messages:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The URL of the channel.', 'lunch')
  markMessagesAsDelivered(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { user_id }: PlatformMarkDeliveredDto,
  ): Promise<void> {
    return this.chatQueries.markDelivered(actor, channelUrl, user_id);
  }
}

@PlatformController('users/:user_id', 'Users')
export class UsersReceiptsPlatformController {
  constructor(private readonly receipts: ReadReceiptsService) {}

  /** Mark all channels of a user as read */
  @Put('mark_as_read_all')
  @PlatformScope('messages:write')
  @EmptyResponse()
  @PlatformParam('user_id', 'The id of the person or bot.', 'mia')
  markAllChannelsAsRead(
    @PlatformActor() actor: Actor,
    @Param('user_id') userId: string,
    @Body() { channel_urls }: PlatformMarkAllReadDto,
  ): Promise<void> {
    return this.receipts.markAllRead(actor, userId, channel_urls);
  }

  /** Count the unread messages of a user */
  @Get('unread_message_count')
  @PlatformScope('messages:read')
  @PlatformParam('user_id', 'The id of the person or bot.', 'mia')
  async countUnreadMessagesOfUser(
    @Param('user_id') userId: string,
    @Query() { custom_types }: PlatformUnreadCountQueryDto,
  ): Promise<PlatformUnreadCountDto> {
    return { unread_count: await this.receipts.countUnreadInGroups(userId, custom_types) };
  }
}
