import { Body, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformEmptyDto } from '../../../../protocols/platform/platform-error.dto.js';
import { PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PageTokens } from '../../../../protocols/platform/platform.paging.js';
import { PlatformPageQueryDto } from '../../../../protocols/platform/platform.paging.dto.js';
import { fieldRequired } from '../../../../protocols/platform/platform.error.js';
import { toUserSummary } from '../../../users/api/platform/users.platform.mapper.js';
import type { Actor } from '../../../auth/index.js';
import { ChatDirectory } from '../../chat-directory.js';
import { ChatsService } from '../../chats.service.js';
import { GroupsService } from '../../groups.service.js';
import { ChatsPlatformViews } from './chats.platform.views.js';
import {
  PlatformOperatorListDto,
  PlatformOperatorsDto,
  PlatformRemoveOperatorsQueryDto,
} from './members.platform.dto.js';

@PlatformController('group_channels/:channel_url/operators', 'Members')
export class OperatorsPlatformController {
  constructor(
    private readonly groups: GroupsService,
    private readonly chats: ChatsService,
    private readonly directory: ChatDirectory,
    private readonly views: ChatsPlatformViews,
    private readonly tokens: PageTokens,
  ) {}

  /** Make members operators */
  @Post()
  @HttpCode(200)
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async add(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformOperatorsDto,
  ): Promise<PlatformEmptyDto> {
    await this.groups.setRole(actor, channelUrl, body.operator_ids, 'operator');
    return {};
  }

  /** List operators */
  @Get()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async list(
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformPageQueryDto,
  ): Promise<PlatformOperatorListDto> {
    const list = `operators:${channelUrl}`;
    const after = this.tokens.read(list, query.token);
    const wanted = { chatId: channelUrl, order: 'nickname', isOperator: true, after, limit: query.limit! + 1 } as const;
    const [found] = await Promise.all([this.directory.listMembers(wanted), this.chats.get(channelUrl)]);
    const { items, next } = this.tokens.cut(list, found, query.limit!, ({ listed }) => listed.position);
    const users = await this.views.people(items.map(({ listed }) => listed.userId));
    return { operators: users.map(toUserSummary), next };
  }

  /** Take the role of operator from members */
  @Delete()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async remove(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Query() { operator_ids, delete_all }: PlatformRemoveOperatorsQueryDto,
  ): Promise<PlatformEmptyDto> {
    if (!delete_all && !operator_ids) throw fieldRequired('operator_ids');
    if (delete_all) await this.groups.clearOperators(actor, channelUrl);
    else await this.groups.setRole(actor, channelUrl, operator_ids!, 'none');
    return {};
  }
}
