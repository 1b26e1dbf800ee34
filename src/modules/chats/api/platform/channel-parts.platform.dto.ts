import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';

/** The summary of a channel. */
export class PlatformChannelSummaryDto {
  /** The id of the channel. @example lunch */
  channel_url: string;

  /** The title. @example Lunch */
  name: string;

  /**
   * The URL of the cover image; may be empty.
   * @example ""
   */
  cover_url: string;

  /**
   * A category of the caller's choice.
   * @example ""
   */
  custom_type: string;

  /**
   * Free text, such as JSON.
   * @example ""
   */
  data: string;
  /**
   * The creation time, in seconds since 1970.
   * @example 1790000000
   */
  @ApiInt()
  created_at: number;

  /**
   * The number of joined and invited members.
   * @example 2
   */
  @ApiInt()
  member_count: number;

  /**
   * Always -1: the limit of the server applies.
   * @example -1
   */
  @ApiInt()
  max_length_message: number;
}

/** A member of a channel. */
export class PlatformMemberDto {
  /** The id of the user. @example mia */
  user_id: string;

  /** The nickname. @example Mia */
  nickname: string;

  /**
   * The URL of the profile image; may be empty.
   * @example ""
   */
  profile_url: string;

  /**
   * Whether the user is activated.
   * @example true
   */
  is_active: boolean;

  /**
   * Always false: presence is not tracked.
   * @example false
   */
  is_online: boolean;
  /**
   * The time when the user was last seen, in milliseconds since 1970; -1 for never.
   * @example -1
   */
  @ApiInt()
  last_seen_at: number;

  /**
   * The metadata of the user: strings by key.
   * @example {}
   */
  metadata: Record<string, string>;
  /**
   * The role: `none` or `operator`.
   * @example none
   */
  role: 'none' | 'operator';
  /**
   * The membership: `joined` or `invited`.
   * @example joined
   */
  state: 'joined' | 'invited';

  /**
   * Always false: members cannot be muted.
   * @example false
   */
  is_muted: boolean;

  /**
   * Always -1: members cannot be muted.
   * @example -1
   */
  @ApiInt()
  muted_end_at: number;

  /**
   * Always empty: members cannot be muted.
   * @example ""
   */
  muted_description: string;

  /**
   * Always false: images require no authentication.
   * @example false
   */
  require_auth_for_profile_image: boolean;
  /**
   * The time of the last read, in milliseconds since 1970; 0 for never. Only if read receipts are requested.
   * @example 1790000100123
   */
  @ApiInt()
  read_ts?: number;
  /**
   * The time of the last delivery, in milliseconds since 1970; 0 for never. Only if delivery receipts are requested.
   * @example 1790000100123
   */
  @ApiInt()
  delivered_ts?: number;
}

/** The lifetime of messages. */
export class PlatformDisappearingMessageDto {
  /**
   * Always -1: messages do not disappear.
   * @example -1
   */
  @ApiInt()
  message_survival_seconds: number;

  /**
   * Always false: messages do not disappear.
   * @example false
   */
  is_triggered_by_message_read: boolean;
}

/** The SMS fallback, which is not supported. */
export class PlatformSmsFallbackDto {
  /**
   * Always -1: the SMS fallback is not supported.
   * @example -1
   */
  @ApiInt()
  wait_seconds: number;

  /**
   * Always empty: the SMS fallback is not supported.
   * @example []
   */
  exclude_user_ids: string[];
}
