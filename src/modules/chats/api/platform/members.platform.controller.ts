import { Body, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { together } from '../../../../core/database/database.js';
import { LiveBus } from '../../../../core/live/live-bus.js';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformEmptyDto } from '../../../../protocols/platform/platform-error.dto.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PageTokens } from '../../../../protocols/platform/platform.paging.js';
import { toMillis } from '../../../../protocols/platform/platform.time.js';
import { toUserSummary } from '../../../users/api/platform/users.platform.mapper.js';
import type { Actor } from '../../../auth/index.js';
import { ChatDirectory } from '../../chat-directory.js';
import { ChatsService } from '../../chats.service.js';
import { type Invite, MembershipsService } from '../../memberships.service.js';
import { PlatformChannelDto, PlatformInvitedChannelDto } from './chats.platform.dto.js';
import { INVITATIONS } from './chats.platform.examples.js';
import { toMembersQuery } from './chats.platform.lists.mapper.js';
import { toMember, toMemberStates } from './chats.platform.mapper.js';
import { ChatsPlatformViews } from './chats.platform.views.js';
import {
  PlatformHideDto,
  PlatformHistoryOffsetDto,
  PlatformInviteDto,
  PlatformJoinDto,
  PlatformLeaveDto,
  PlatformListMembersQueryDto,
  PlatformMemberListDto,
  PlatformMembershipDto,
  PlatformResetHistoryDto,
  PlatformTypingDto,
  PlatformUnhideQueryDto,
  PlatformUserIdDto,
} from './members.platform.dto.js';

const LIST = 'members';

@PlatformController('group_channels/:channel_url', 'Members')
export class MembersPlatformController {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly chats: ChatsService,
    private readonly directory: ChatDirectory,
    private readonly views: ChatsPlatformViews,
    private readonly tokens: PageTokens,
    private readonly live: LiveBus,
  ) {}

  /**
   * Invite users
   *
   * @remarks People that accept invitations, and bots that need not be asked, join at once; the others are invited.
   */
  @Post('invite')
  @HttpCode(200)
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformBody(PlatformInviteDto, INVITATIONS)
  async invite(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformInviteDto,
  ): Promise<PlatformInvitedChannelDto> {
    const userIds = [...(body.user_ids ?? []), ...(body.users ?? []).map(({ user_id }) => user_id)];
    const memberStates = toMemberStates(body.invitation_status ?? {});
    const hiddenStates = body.hidden_status as Invite['hiddenStates'];
    const invite = { userIds, inviterId: body.inviter_id, memberStates, hiddenStates };
    const [[view], [inviter]] = await together([
      this.views.changed([channelUrl], () => this.memberships.invite(actor, channelUrl, invite)),
      this.views.people(body.inviter_id === undefined ? [] : [body.inviter_id]),
    ]);
    return { ...view, invited_at: Date.now(), ...(inviter ? { inviter: toUserSummary(inviter) } : {}) };
  }

  /**
   * Join a public channel
   *
   * @remarks A user comes in without an invitation. A public channel may ask for its access code.
   */
  @Put('join')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async join(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformJoinDto,
  ): Promise<PlatformChannelDto> {
    const [view] = await this.views.changed([channelUrl], () =>
      this.memberships.join(actor, channelUrl, body.user_id, body.access_code),
    );
    return view;
  }

  /**
   * Accept an invitation
   *
   * @remarks An invited user joins. For a bot that is asked, its owner calls this with the bot's id.
   */
  @Put('accept')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async accept(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformJoinDto,
  ): Promise<PlatformChannelDto> {
    const [view] = await this.views.changed([channelUrl], () =>
      this.memberships.accept(actor, channelUrl, body.user_id, body.access_code),
    );
    return view;
  }

  /** Decline an invitation */
  @Put('decline')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async decline(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformUserIdDto,
  ): Promise<PlatformEmptyDto> {
    await this.memberships.decline(actor, channelUrl, body.user_id);
    return {};
  }

  /**
   * Leave a channel
   *
   * @remarks Users leave; who is not a member has left already.
   */
  @Put('leave')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async leave(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformLeaveDto,
  ): Promise<PlatformEmptyDto> {
    const named = [...(body.user_ids ?? []), ...(body.user_id === undefined ? [] : [body.user_id])];
    await this.memberships.leave(actor, channelUrl, body.should_leave_all ? undefined : named);
    return {};
  }

  /** List members */
  @Get('members')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async list(
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformListMembersQueryDto,
  ): Promise<PlatformMemberListDto> {
    const list = `${LIST}:${channelUrl}:${query.order}`;
    const membersQuery = toMembersQuery(channelUrl, query, this.tokens.read(list, query.token));
    if (query.muted_member_filter === 'muted') return { members: [], next: '' };
    const [found] = await Promise.all([this.directory.listMembers(membersQuery), this.chats.get(channelUrl)]);
    const { items, next } = this.tokens.cut(list, found, query.limit!, ({ listed }) => listed.position);
    const users = await this.views.people(items.map(({ listed }) => listed.userId));
    const options = { showReadReceipt: query.show_read_receipt, showDeliveryReceipt: query.show_delivery_receipt };
    return { members: users.map((user, index) => toMember(items[index].member, user, options)), next };
  }

  /**
   * Check a member
   *
   * @remarks Whoever is only invited, or unknown, is no member.
   */
  @Get('members/:user_id')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformParam('user_id', 'A person or a bot.', 'mia')
  async check(
    @Param('channel_url') channelUrl: string,
    @Param('user_id') userId: string,
  ): Promise<PlatformMembershipDto> {
    const [member] = await Promise.all([this.directory.member(channelUrl, userId), this.chats.get(channelUrl)]);
    return { is_member: member?.state === 'joined', state: member?.state ?? 'none' };
  }

  /**
   * Hide a channel
   *
   * @remarks Takes the channel from a member's list until it is shown again, or until a message comes.
   */
  @Put('hide')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async hide(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformHideDto,
  ): Promise<PlatformEmptyDto> {
    const state = body.allow_auto_unhide ? 'hidden_allow_auto_unhide' : 'hidden_prevent_auto_unhide';
    const userId = body.should_hide_all ? undefined : body.user_id;
    await this.directory.setHidden(actor, channelUrl, userId, state, body.hide_previous_messages);
    return {};
  }

  /** Show a hidden channel */
  @Delete('hide')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async unhide(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformUnhideQueryDto,
  ): Promise<PlatformEmptyDto> {
    const userId = query.should_unhide_all ? undefined : query.user_id;
    await this.directory.setHidden(actor, channelUrl, userId, 'unhidden');
    return {};
  }

  /**
   * Reset a member's history
   *
   * @remarks From now on nothing that was said before counts for this member.
   */
  @Put('reset_user_history')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async resetHistory(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() { user_id, reset_all }: PlatformResetHistoryDto,
  ): Promise<PlatformHistoryOffsetDto> {
    const since = await this.directory.resetHistory(actor, channelUrl, reset_all ? undefined : user_id);
    return { ts_message_offset: toMillis(since) };
  }

  /**
   * Start typing
   *
   * @remarks Viewers of the channel see that these members are typing.
   */
  @Post('typing')
  @HttpCode(200)
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  startTyping(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformTypingDto,
  ): Promise<PlatformEmptyDto> {
    return this.tellTyping(actor, channelUrl, body, 1);
  }

  /** Stop typing */
  @Delete('typing')
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  stopTyping(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformTypingDto,
  ): Promise<PlatformEmptyDto> {
    return this.tellTyping(actor, channelUrl, body, 0);
  }

  private async tellTyping(
    actor: Actor,
    chatId: string,
    { user_ids }: PlatformTypingDto,
    isTyping: 0 | 1,
  ): Promise<PlatformEmptyDto> {
    await this.directory.mustBeMembers(actor, chatId, user_ids);
    for (const userId of user_ids) this.live.publish(`typing:${chatId}`, { chatId, userId, isTyping });
    return {};
  }
}
