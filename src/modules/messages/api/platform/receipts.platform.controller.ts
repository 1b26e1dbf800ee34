import { Body, Get, Param, Put, Query } from '@nestjs/common';
import { together } from '../../../../core/database/database.js';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformEmptyDto } from '../../../../protocols/platform/platform-error.dto.js';
import { PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import type { Actor } from '../../../auth/index.js';
import { ChatDirectory, ChatsService } from '../../../chats/index.js';
import { UsersService } from '../../../users/index.js';
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

/** Comes before the controller of single messages, whose ids would take the names of these paths. */
@PlatformController('group_channels/:channel_url/messages', 'Messages')
export class ReceiptsPlatformController {
  constructor(
    private readonly receipts: ReadReceiptsService,
    private readonly chats: ChatsService,
    private readonly directory: ChatDirectory,
  ) {}

  /** Count the messages of a channel */
  @Get('total_count')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async total(@Param('channel_url') channelUrl: string): Promise<PlatformTotalDto> {
    return { total: (await this.chats.get(channelUrl)).messageCount };
  }

  /** Count the unread messages of members */
  @Get('unread_count')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async unread(
    @Param('channel_url') channelUrl: string,
    @Query() { user_ids }: PlatformUnreadQueryDto,
  ): Promise<PlatformUnreadDto> {
    const pairs = user_ids.map((userId) => ({ chatId: channelUrl, userId }));
    const [, counts] = await together([this.chats.get(channelUrl), this.receipts.unread(pairs)]);
    const found = new Map(counts.map(({ userId, unread }) => [userId, unread]));
    return { unread: Object.fromEntries(user_ids.map((userId) => [userId, found.get(userId) ?? 0])) };
  }

  /**
   * Mark a channel as read
   *
   * @remarks Moves the member's read receipt on; it never goes back.
   */
  @Put('mark_as_read')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async markRead(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { user_id, timestamp }: PlatformMarkReadDto,
  ): Promise<PlatformEmptyDto> {
    const until = timestamp === undefined ? undefined : new Date(timestamp);
    await this.receipts.markRead(actor, channelUrl, user_id, until);
    return {};
  }

  /** Mark the messages of a channel as delivered */
  @Put('mark_as_delivered')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async markDelivered(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { user_id }: PlatformMarkDeliveredDto,
  ): Promise<PlatformEmptyDto> {
    await this.directory.markDelivered(actor, channelUrl, user_id);
    return {};
  }
}

@PlatformController('users/:user_id', 'Users')
export class UsersReceiptsPlatformController {
  constructor(
    private readonly receipts: ReadReceiptsService,
    private readonly users: UsersService,
  ) {}

  /** Mark all channels of a user as read */
  @Put('mark_as_read_all')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async markAllRead(
    @PlatformActor() actor: Actor,
    @Param('user_id') userId: string,
    @Body() { channel_urls }: PlatformMarkAllReadDto,
  ): Promise<PlatformEmptyDto> {
    await this.receipts.markAllRead(actor, userId, channel_urls);
    return {};
  }

  /** Count the unread messages of a user */
  @Get('unread_message_count')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async unread(
    @Param('user_id') userId: string,
    @Query() { custom_types }: PlatformUnreadCountQueryDto,
  ): Promise<PlatformUnreadCountDto> {
    const [, count] = await together([this.users.get(userId), this.receipts.unreadInAll(userId, custom_types)]);
    return { unread_count: count };
  }
}
