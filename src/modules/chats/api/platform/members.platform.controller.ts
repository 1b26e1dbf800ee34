import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { AnswersEmpty } from '../../../../protocols/platform/platform-empty-answer.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { PresenceService } from '../../../messages/index.js';
import { ChatDirectory } from '../../chat-directory.js';
import { MembershipsService } from '../../memberships.service.js';
import { PlatformChannelDto, PlatformInvitedChannelDto } from './chats.platform.dto.js';
import { INVITATIONS } from './chats.platform.examples.js';
import { ChatsPlatformViews } from './chats.platform.views.js';
import { toInvite } from './invitees.platform.mapper.js';
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
import { toForgetful, toHide, toHistoryOffset, toLeavers, toMembership, toUnhide } from './members.platform.mapper.js';
import { MembersPlatformViews } from './members.platform.views.js';

@PlatformController('group_channels/:channel_url', 'Members')
export class MembersPlatformController {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly directory: ChatDirectory,
    private readonly presence: PresenceService,
    private readonly channels: ChatsPlatformViews,
    private readonly views: MembersPlatformViews,
  ) {}

  /**
   * Invite users
   *
   * @remarks People that accept invitations, and bots that need not be asked, join at once; the others are invited.
   */
  @Post('invite')
  @PlatformScope('channels:write')
  @HttpCode(200)
  @PlatformParam('channel_url', 'The channel.', 'lunch')
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
   * @remarks A user comes in without an invitation. A public channel may ask for its access code.
   */
  @Put('join')
  @PlatformScope('channels:write')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  joinChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformJoinDto,
  ): Promise<PlatformChannelDto> {
    return this.channels.changed(channelUrl, () =>
      this.memberships.join(actor, channelUrl, body.user_id, body.access_code),
    );
  }

  /**
   * Accept an invitation
   *
   * @remarks An invited user joins. For a bot that is asked, its owner calls this with the bot's id.
   */
  @Put('accept')
  @PlatformScope('channels:write')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  acceptInvitation(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformJoinDto,
  ): Promise<PlatformChannelDto> {
    return this.channels.changed(channelUrl, () =>
      this.memberships.accept(actor, channelUrl, body.user_id, body.access_code),
    );
  }

  /** Decline an invitation */
  @Put('decline')
  @PlatformScope('channels:write')
  @AnswersEmpty()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  declineInvitation(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformUserIdDto,
  ): Promise<void> {
    return this.memberships.decline(actor, channelUrl, body.user_id);
  }

  /**
   * Leave a channel
   *
   * @remarks Users leave; who is not a member has left already.
   */
  @Put('leave')
  @PlatformScope('channels:write')
  @AnswersEmpty()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  leaveChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformLeaveDto,
  ): Promise<void> {
    return this.memberships.leave(actor, channelUrl, toLeavers(body));
  }

  /** List members */
  @Get('members')
  @PlatformScope('channels:read')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  listMembers(
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformListMembersQueryDto,
  ): Promise<PlatformMemberListDto> {
    return this.views.list(channelUrl, query);
  }

  /**
   * Check a member
   *
   * @remarks Whoever is only invited, or unknown, is no member.
   */
  @Get('members/:user_id')
  @PlatformScope('channels:read')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async getMember(
    @Param('channel_url') channelUrl: string,
    @Param('user_id') userId: string,
  ): Promise<PlatformMembershipDto> {
    return toMembership(await this.directory.member(channelUrl, userId));
  }

  /**
   * Hide a channel
   *
   * @remarks Takes the channel from a member's list until it is shown again, or until a message comes.
   */
  @Put('hide')
  @PlatformScope('channels:write')
  @AnswersEmpty()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  hideChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformHideDto,
  ): Promise<void> {
    return this.directory.setHidden(actor, channelUrl, toHide(body));
  }

  /** Show a hidden channel */
  @Delete('hide')
  @PlatformScope('channels:write')
  @AnswersEmpty()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  unhideChannel(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformUnhideQueryDto,
  ): Promise<void> {
    return this.directory.setHidden(actor, channelUrl, toUnhide(query));
  }

  /**
   * Reset a member's history
   *
   * @remarks From now on nothing that was said before counts for this member.
   */
  @Put('reset_user_history')
  @PlatformScope('channels:write')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async resetChannelHistory(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformResetHistoryDto,
  ): Promise<PlatformHistoryOffsetDto> {
    return toHistoryOffset(await this.directory.resetHistory(actor, channelUrl, toForgetful(body)));
  }

  /**
   * Start typing
   *
   * @remarks Viewers of the channel see that these members are typing.
   */
  @Post('typing')
  @PlatformScope('channels:write')
  @HttpCode(200)
  @AnswersEmpty()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  startTyping(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { user_ids }: PlatformTypingDto,
  ): Promise<void> {
    return this.presence.tellTyping(actor, channelUrl, user_ids, true);
  }

  /** Stop typing */
  @Delete('typing')
  @PlatformScope('channels:write')
  @AnswersEmpty()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  stopTyping(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { user_ids }: PlatformTypingDto,
  ): Promise<void> {
    return this.presence.tellTyping(actor, channelUrl, user_ids, false);
  }
}
