import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { EmptyResponse } from '../../../../protocols/platform/platform-empty-response.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { PresenceService } from '../../../messages/index.js';
import { ChatQueries } from '../../chat-queries.js';
import { MemberStateService } from '../../member-state.service.js';
import { MembershipsService } from '../../memberships.service.js';
import { PlatformChannelDto, PlatformInvitedChannelDto } from './chats.platform.dto.js';
import { toInvite } from './chats.platform.mapper.js';
import { ChatsPlatformViews } from './chats.platform.views.js';
import {
  PlatformHistoryOffsetDto,
  PlatformListMembersQueryDto,
  PlatformMemberListDto,
  PlatformMembershipDto,
} from './members.platform.dto.js';
import {
  PlatformHideDto,
  PlatformInviteDto,
  PlatformJoinDto,
  PlatformLeaveDto,
  PlatformResetHistoryDto,
  PlatformTypingDto,
  PlatformUnhideQueryDto,
  PlatformUserIdDto,
} from './members.platform.requests.dto.js';
import {
  toHistoryResetUserId,
  toHide,
  toHistoryOffset,
  toLeavingUserIds,
  toMembership,
  toUnhide,
} from './members.platform.mapper.js';
import { MembersPlatformViews } from './members.platform.views.js';

const INVITATIONS: Record<string, PlatformInviteDto> = {
  'A bot': { user_ids: ['echo'], inviter_id: 'mia' },
};

@PlatformController('group_channels/:channel_url', 'Members')
export class MembersPlatformController {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly chatQueries: ChatQueries,
    private readonly memberStates: MemberStateService,
    private readonly presence: PresenceService,
    private readonly channels: ChatsPlatformViews,
    private readonly views: MembersPlatformViews,
  ) {}

  /**
   * Invite users
   *
   * @remarks People who accept invitations automatically and bots that do not require consent join at once. The others are invited.
   */
  @Post('invite')
  @PlatformScope('channels:write')
  @HttpCode(200)
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  @PlatformBody(PlatformInviteDto, INVITATIONS)
  inviteMembers(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformInviteDto,
  ): Promise<PlatformInvitedChannelDto> {
    return this.views.invite(actor, channelUrl, toInvite(body));
  }

  /**
   * Join a public channel
   *
   * @remarks Adds a user without an invitation. A public channel may require its access code.
   */
  @Put('join')
  @PlatformScope('channels:write')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  joinGroupChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformJoinDto,
  ): Promise<PlatformChannelDto> {
    return this.channels.update(channelUrl, () =>
      this.memberships.join(actor, channelUrl, body.user_id, body.access_code),
    );
  }

  /**
   * Accept an invitation
   *
   * @remarks Makes an invited user a joined member. The owner of a bot accepts with the bot's id.
   */
  @Put('accept')
  @PlatformScope('channels:write')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  acceptInvitation(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformJoinDto,
  ): Promise<PlatformChannelDto> {
    return this.channels.update(channelUrl, () =>
      this.memberships.accept(actor, channelUrl, body.user_id, body.access_code),
    );
  }

  /** Decline an invitation */
  @Put('decline')
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  declineInvitation(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformUserIdDto,
  ): Promise<void> {
    return this.memberships.decline(actor, channelUrl, body.user_id);
  }

  /**
   * Leave a group channel
   *
   * @remarks Removes users from the channel. Non-members are ignored.
   */
  @Put('leave')
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  leaveGroupChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformLeaveDto,
  ): Promise<void> {
    return this.memberships.leave(actor, channelUrl, toLeavingUserIds(body));
  }

  /** List members */
  @Get('members')
  @PlatformScope('channels:read')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  listMembers(
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformListMembersQueryDto,
  ): Promise<PlatformMemberListDto> {
    return this.views.list(channelUrl, query);
  }

  /**
   * Check a membership
   *
   * @remarks An invited or unknown user is not a member.
   */
  @Get('members/:user_id')
  @PlatformScope('channels:read')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  @PlatformParam('user_id', 'The id of a person or a bot.', 'mia')
  async checkMembership(
    @Param('channel_url') channelUrl: string,
    @Param('user_id') userId: string,
  ): Promise<PlatformMembershipDto> {
    return toMembership(await this.chatQueries.findMember(channelUrl, userId));
  }

  /**
   * Hide a group channel
   *
   * @remarks Hides the channel from a member's list until it is unhidden or, if allowed, until the next message.
   */
  @Put('hide')
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  hideGroupChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformHideDto,
  ): Promise<void> {
    return this.memberStates.setHidden(actor, channelUrl, toHide(body));
  }

  /** Unhide a group channel */
  @Delete('hide')
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  unhideGroupChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformUnhideQueryDto,
  ): Promise<void> {
    return this.memberStates.setHidden(actor, channelUrl, toUnhide(query));
  }

  /**
   * Reset a member's history
   *
   * @remarks Hides all earlier messages from the member.
   */
  @Put('reset_user_history')
  @PlatformScope('channels:write')
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  async resetUserHistory(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformResetHistoryDto,
  ): Promise<PlatformHistoryOffsetDto> {
    return toHistoryOffset(await this.memberStates.resetHistory(actor, channelUrl, toHistoryResetUserId(body)));
  }

  /**
   * Send typing indicators
   *
   * @remarks Notifies viewers of the channel that these members are typing.
   */
  @Post('typing')
  @PlatformScope('channels:write')
  @HttpCode(200)
  @EmptyResponse()
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  startTyping(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { user_ids }: PlatformTypingDto,
  ): Promise<void> {
    return this.presence.publishTyping(actor, channelUrl, user_ids, true);
  }

  /** Stop typing indicators */
  @Delete('typing')
  @PlatformScope('channels:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The channel URL.', 'lunch')
  stopTyping(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { user_ids }: PlatformTypingDto,
  ): Promise<void> {
    return this.presence.publishTyping(actor, channelUrl, user_ids, false);
  }
}
