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
  /** Absent if nobody is known to have created it. */
  created_by?: PlatformUserSummaryDto;

  /**
   * Whether only operators may write.
   * @example false
   */
  freeze: boolean;

  /**
   * Whether there is no second channel with the same members.
   * @example false
   */
  is_distinct: boolean;

  /**
   * Whether anybody may join.
   * @example false
   */
  is_public: boolean;

  /**
   * Whether it may have more than 100 members.
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
   * As it was given; messages are stored all the same.
   * @example false
   */
  is_ephemeral: boolean;

  /**
   * Whether it is public.
   * @example false
   */
  is_discoverable: boolean;

  /**
   * Whether whoever joins must know an access code.
   * @example false
   */
  is_access_code_required: boolean;

  /**
   * Always false: there is no filter.
   * @example false
   */
  ignore_profanity_filter: boolean;

  /**
   * Always -1: messages do not disappear.
   * @example -1
   */
  @ApiInt()
  message_survival_seconds: number;

  disappearing_message: PlatformDisappearingMessageDto;

  sms_fallback: PlatformSmsFallbackDto;

  /** @example 2 */
  @ApiInt()
  joined_member_count: number;

  /**
   * Of the user whose view is shown; 0 without one.
   * @example 0
   */
  @ApiInt()
  unread_message_count: number;

  /**
   * How many of them mention the user; 0 without one.
   * @example 0
   */
  @ApiInt()
  unread_mention_count: number;

  /** @example true */
  has_bot: boolean;

  /**
   * Whether a model answers for one of its bots.
   * @example false
   */
  has_ai_bot: boolean;

  last_message: PlatformMessageDto | null;

  /** Only if asked for. */
  members?: PlatformMemberDto[];

  /** When each member has last read it, in milliseconds since 1970, by user id. Only if asked for. */
  read_receipt?: Record<string, number>;

  /** When each member has last got its messages, in milliseconds since 1970, by user id. Only if asked for. */
  delivery_receipt?: Record<string, number>;

  /** Metadata of the channel. Only if asked for. */
  metadata?: Record<string, string>;

  channel?: PlatformChannelSummaryDto;

  operators?: PlatformUserSummaryDto[];

  /**
   * `joined`, `invited` or `none`; this and what follows only with `user_id`.
   * @example joined
   */
  member_state?: 'joined' | 'invited' | 'none';

  /**
   * `none` or `operator`.
   * @example none
   */
  my_role?: 'none' | 'operator';

  /**
   * Seconds since 1970.
   * @example 1790000000
   */
  @ApiInt()
  joined_ts?: number;

  /**
   * Milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  invited_at?: number;

  inviter?: PlatformUserSummaryDto;

  /**
   * `unhidden`, `hidden_allow_auto_unhide` or `hidden_prevent_auto_unhide`.
   * @example unhidden
   */
  hidden_state?: string;

  /**
   * Whether the user hides it.
   * @example false
   */
  is_hidden?: boolean;

  /**
   * Always false: nobody is ever muted.
   * @example false
   */
  is_muted?: boolean;

  /**
   * Always true; there are no push notifications.
   * @example true
   */
  is_push_enabled?: boolean;

  /**
   * Always `all`.
   * @example all
   */
  push_trigger_option?: string;

  /**
   * Always `all`.
   * @example all
   */
  count_preference?: string;

  /**
   * Since when the user sees what is said, in milliseconds since 1970; 0 for always.
   * @example 0
   */
  @ApiInt()
  ts_message_offset?: number;

  /**
   * Milliseconds since 1970; 0 for never.
   * @example 1790000100123
   */
  @ApiInt()
  user_last_read?: number;
}

/** A page of channels. */
export class PlatformChannelListDto {
  channels: PlatformChannelDto[];

  /**
   * The `token` of the next page; empty on the last one.
   * @example ""
   */
  next: string;

  /**
   * The time of the answer, in milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  ts: number;
}

/** The channels that a bot has joined, and beside them the first of them field by field, for newer clients. */
export class PlatformJoinedChannelsDto extends PartialType(PlatformChannelDto) {
  channels: PlatformChannelDto[];
}

/** A channel to which users were invited. */
export class PlatformInvitedChannelDto extends PlatformChannelDto {
  /**
   * When, in milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  declare invited_at: number;
}
