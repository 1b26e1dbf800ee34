import { Injectable } from '@nestjs/common';
import { settleAll } from '../../../../core/database/database.js';
import { type Position, PlatformPages, type PageRequest } from '../../../../protocols/platform/platform.paging.js';
import { BotsService } from '../../../bots/index.js';
import { ChatQueries } from '../../chat-queries.js';
import type { GroupFilter } from '../../chat-queries.repository.js';
import type { ChatEntity } from '../../chat.entity.js';
import type { PlatformChannelListDto } from './chats.platform.dto.js';
import type { PlatformChannelFilterDto } from './chats.platform.lists.dto.js';
import type { PlatformMyChannelsQueryDto } from './users-chats.platform.dto.js';
import { listName, toGroupFilter, toListOptions, toMyGroupFilter } from './chats.platform.lists.mapper.js';
import { ChatsPlatformViews } from './chats.platform.views.js';

const positionOf = ({ chat, key }: { chat: ChatEntity; key: string | number }): Position => [key, chat.id];

/** Paged lists of channels. */
@Injectable()
export class ChatsPlatformLists {
  constructor(
    private readonly bots: BotsService,
    private readonly chatQueries: ChatQueries,
    private readonly views: ChatsPlatformViews,
    private readonly pages: PlatformPages,
  ) {}

  list(query: PlatformChannelFilterDto): Promise<PlatformChannelListDto> {
    return this.page('group_channels', query, (slice) => toGroupFilter(query, slice));
  }

  /** The channels of a user with the user's view of each. @throws DomainError not_found `user.not_found` */
  listByUser(userId: string, query: PlatformMyChannelsQueryDto): Promise<PlatformChannelListDto> {
    const list = `my_group_channels:${userId}`;
    return this.page(list, query, (slice) => toMyGroupFilter(userId, query, slice), userId);
  }

  /** Like `listByUser`, for a bot. @throws DomainError not_found `bot.not_found` */
  async listByBot(botId: string, query: PlatformMyChannelsQueryDto): Promise<PlatformChannelListDto> {
    const [, list] = await settleAll([this.bots.get(botId), this.listByUser(botId, query)]);
    return list;
  }

  private async page(
    list: string,
    query: PlatformChannelFilterDto,
    filterOf: (slice: PageRequest) => GroupFilter,
    viewerId?: string,
  ): Promise<PlatformChannelListDto> {
    const { items, next } = await this.pages.list({ name: listName(list, query), positionOf }, query, (slice) =>
      this.chatQueries.listGroups(filterOf(slice)),
    );
    const chats = items.map(({ chat }) => chat);
    return { channels: await this.views.getMany(chats, toListOptions(query, viewerId)), next, ts: Date.now() };
  }
}
