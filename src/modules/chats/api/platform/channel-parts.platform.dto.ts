import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';

/** The few facts that single-channel answers repeat. */
export class PlatformChannelSummaryDto {
  /** @example lunch */
  channel_url: string;
  /** @example Lunch */
  name: string;

  /**
   * The address of the picture; may be empty.
   * @example ""
   */
  cover_url: string;

  /**
   * A word by which the operator sorts channels.
   * @example ""
   */
  custom_type: string;

  /**
   * Any text, such as JSON.
   * @example ""
   */
  data: string;
  /**
   * Seconds since 1970.
   * @example 1790000000
   */
  @ApiInt()
  created_at: number;

  /**
   * Who has joined or is invited.
   * @example 2
   */
  @ApiInt()
  member_count: number;

  /**
   * Always -1: the limit is that of the server.
   * @example -1
   */
  @ApiInt()
  max_length_message: number;
}

/** A member of a channel. */
export class PlatformMemberDto {
  /** @example mia */
  user_id: string;
  /** @example Mia */
  nickname: string;

  /**
   * The address of the picture; may be empty.
   * @example ""
   */
  profile_url: string;

  /**
   * Whether the user is activated.
   * @example true
   */
  is_active: boolean;

  /**
   * Always false: presence is not kept.
   * @example false
   */
  is_online: boolean;
  /**
   * Milliseconds since 1970; -1 for never.
   * @example -1
   */
  @ApiInt()
  last_seen_at: number;

  /**
   * The operator's notes on the user: strings by their names.
   * @example {}
   */
  metadata: Record<string, string>;
  /**
   * `none` or `operator`.
   * @example none
   */
  role: 'none' | 'operator';
  /**
   * `joined` or `invited`.
   * @example joined
   */
  state: 'joined' | 'invited';

  /**
   * Always false: nobody is ever muted.
   * @example false
   */
  is_muted: boolean;

  /**
   * Always -1.
   * @example -1
   */
  @ApiInt()
  muted_end_at: number;

  /**
   * Always empty.
   * @example ""
   */
  muted_description: string;

  /**
   * Always false: pictures need no authentication.
   * @example false
   */
  require_auth_for_profile_image: boolean;
  /**
   * Milliseconds since 1970; 0 for never. Only if read receipts are asked for.
   * @example 1790000100123
   */
  @ApiInt()
  read_ts?: number;
  /**
   * Milliseconds since 1970; 0 for never. Only if delivery receipts are asked for.
   * @example 1790000100123
   */
  @ApiInt()
  delivered_ts?: number;
}

/** How long messages live. */
export class PlatformDisappearingMessageDto {
  /**
   * Always -1: messages do not disappear.
   * @example -1
   */
  @ApiInt()
  message_survival_seconds: number;

  /**
   * Always false.
   * @example false
   */
  is_triggered_by_message_read: boolean;
}

/** Whom messages are sent to by SMS: nobody. */
export class PlatformSmsFallbackDto {
  /**
   * Always -1: there are no text messages.
   * @example -1
   */
  @ApiInt()
  wait_seconds: number;

  /**
   * Always empty.
   * @example []
   */
  exclude_user_ids: string[];
}
