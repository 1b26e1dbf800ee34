import { Body, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { EmptyResponse } from '../../../../protocols/platform/platform-empty-response.decorator.js';
import { PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import { PlatformPageQueryDto } from '../../../../protocols/platform/platform.paging.dto.js';
import type { Actor } from '../../../auth/index.js';
import { GroupsService } from '../../groups.service.js';
import { PlatformOperatorListDto } from './members.platform.dto.js';
import { PlatformOperatorsDto, PlatformRemoveOperatorsQueryDto } from './members.platform.requests.dto.js';
import { toOperatorIds } from './members.platform.mapper.js';
import { MembersPlatformViews } from './members.platform.views.js';

@PlatformController('group_channels/:channel_url/operators', 'Members')
export class OperatorsPlatformController {
  constructor(
    private readonly groups: GroupsService,
    private readonly views: MembersPlatformViews,
  ) {}

  /** Add operators */
  @Post()
  @PlatformScope('channels:write')
  @HttpCode(200)
  @EmptyResponse()
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  addOperators(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { operator_ids }: PlatformOperatorsDto,
  ): Promise<void> {
    return this.groups.setRole(actor, channelUrl, operator_ids, 'admin');
  }

  /** List operators */
  @Get()
  @PlatformScope('channels:read')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  listOperators(
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformPageQueryDto,
  ): Promise<PlatformOperatorListDto> {
    return this.views.operators(channelUrl, query);
  }

  /** Remove operators */
  @Delete()
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  removeOperators(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformRemoveOperatorsQueryDto,
  ): Promise<void> {
    return this.groups.removeOperators(actor, channelUrl, toOperatorIds(query));
  }
}
