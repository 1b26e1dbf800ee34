import { PartialType } from '@nestjs/swagger';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformMessageDto } from '../../../messages/api/platform/messages.platform.dto.js';
import { PlatformUserSummaryDto } from '../../../users/api/platform/users.platform.dto.js';
import {
  PlatformChannelSummaryDto,
  PlatformDisappearingMessageDto,
  PlatformMemberDto,
  PlatformSmsFallbackDto,
} from './channel-parts.platform.dto.js';

/** A group channel. */
export class PlatformChannelDto extends PlatformChannelSummaryDto {
  /** The creator. Absent if unknown. */
  created_by?: PlatformUserSummaryDto;

  /**
   * Whether only operators can send messages.
   * @example false
   */
  freeze: boolean;

  /**
   * Whether the channel is the only one with its members and custom type.
   * @example false
   */
  is_distinct: boolean;

  /**
   * Whether users can join without an invitation.
   * @example false
   */
  is_public: boolean;

  /**
   * Whether the channel may have more than 100 members.
   * @example false
   */
  is_super: boolean;

  /**
   * Always false.
   * @example false
   */
  is_broadcast: boolean;

  /**
   * Always false.
   * @example false
   */
  is_exclusive: boolean;

  /**
   * The given value. Messages are stored in any case.
   * @example false
   */
  is_ephemeral: boolean;

  /**
   * Whether the channel is public.
   * @example false
   */
  is_discoverable: boolean;

  /**
   * Whether joining requires an access code.
   * @example false
   */
  is_access_code_required: boolean;

  /**
   * Always false: there is no profanity filter.
   * @example false
   */
  ignore_profanity_filter: boolean;

  /**
   * Always -1: messages do not disappear.
   * @example -1
   */
  @ApiInt()
  message_survival_seconds: number;

  /** Settings of disappearing messages. */
  disappearing_message: PlatformDisappearingMessageDto;

  /** Settings of the SMS fallback. */
  sms_fallback: PlatformSmsFallbackDto;

  /** The number of joined members. @example 2 */
  @ApiInt()
  joined_member_count: number;

  /**
   * The number of messages that the user `user_id` has not read; 0 without `user_id`.
   * @example 0
   */
  @ApiInt()
  unread_message_count: number;

  /**
   * The number of unread messages that mention the user; 0 without `user_id`.
   * @example 0
   */
  @ApiInt()
  unread_mention_count: number;

  /** Whether a member is a bot. @example true */
  has_bot: boolean;

  /**
   * Whether a member is an AI bot.
   * @example false
   */
  has_ai_bot: boolean;

  /** The newest message; null if there is none. */
  last_message: PlatformMessageDto | null;

  /** The members. Only if requested. */
  members?: PlatformMemberDto[];

  /** The times of the members' last reads, in milliseconds since 1970, by user id. Only if requested. */
  read_receipt?: Record<string, number>;

  /** The times of the last deliveries to the members, in milliseconds since 1970, by user id. Only if requested. */
  delivery_receipt?: Record<string, number>;

  /** The metadata. Only if requested. */
  metadata?: Record<string, string>;

  /** The channel's own fields, repeated. Not in lists. */
  channel?: PlatformChannelSummaryDto;

  /** The operators. Not in lists. */
  operators?: PlatformUserSummaryDto[];

  /**
   * The user's membership: `joined`, `invited` or `none`. This field and the following ones only with `user_id`.
   * @example joined
   */
  member_state?: 'joined' | 'invited' | 'none';

  /**
   * The user's role: `none` or `operator`.
   * @example none
   */
  my_role?: 'none' | 'operator';

  /**
   * The time of joining, in seconds since 1970; 0 if not joined.
   * @example 1790000000
   */
  @ApiInt()
  joined_ts?: number;

  /**
   * The time of the invitation, in milliseconds since 1970; 0 without one.
   * @example 1790000100123
   */
  @ApiInt()
  invited_at?: number;

  /** The inviter. Absent if unknown. */
  inviter?: PlatformUserSummaryDto;

  /**
   * Whether the user's list hides the channel: `unhidden`, `hidden_allow_auto_unhide` or `hidden_prevent_auto_unhide`.
   * @example unhidden
   */
  hidden_state?: string;

  /**
   * Whether the channel is hidden from the user's list.
   * @example false
   */
  is_hidden?: boolean;

  /**
   * Always false: members cannot be muted.
   * @example false
   */
  is_muted?: boolean;

  /**
   * Always true: there are no push notifications.
   * @example true
   */
  is_push_enabled?: boolean;

  /**
   * Always `all`: not supported.
   * @example all
   */
  push_trigger_option?: string;

  /**
   * Always `all`: not supported.
   * @example all
   */
  count_preference?: string;

  /**
   * The start of the history that the user sees, in milliseconds since 1970; 0 for all.
   * @example 0
   */
  @ApiInt()
  ts_message_offset?: number;

  /**
   * The time of the user's last read, in milliseconds since 1970; 0 for never.
   * @example 1790000100123
   */
  @ApiInt()
  user_last_read?: number;
}

/** A page of channels. */
export class PlatformChannelListDto {
  /** The channels of this page. */
  channels: PlatformChannelDto[];

  /**
   * The `token` of the next page; empty on the last page.
   * @example ""
   */
  next: string;

  /**
   * The time of the response, in milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  ts: number;
}

/** The joined channels, with the fields of the first one repeated at the top level for newer clients. */
export class PlatformJoinedChannelsDto extends PartialType(PlatformChannelDto) {
  /** The joined channels. */
  channels: PlatformChannelDto[];
}

/** A channel after an invitation. */
export class PlatformInvitedChannelDto extends PlatformChannelDto {
  /**
   * The time of the invitation, in milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  declare invited_at: number;
}
