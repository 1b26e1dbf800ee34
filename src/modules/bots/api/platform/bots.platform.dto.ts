import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformBotAiDto } from './bots.platform.ai.dto.js';

/** The profile of a bot. */
export class PlatformBotProfileDto {
  /** The id of the bot. @example weather_bot */
  bot_userid: string;

  /** The displayed name. @example Weather */
  bot_nickname: string;

  /**
   * The URL of the profile image; may be empty.
   * @example ""
   */
  bot_profile_url: string;

  /** A type for sorting bots. @example helper */
  bot_type: string;

  /**
   * The token of the bot, valid for all three protocols. Empty for an API token without the scope `bots:token`.
   * @example b1c0ffee00112233445566778899aabbccddeeff
   */
  bot_token: string;

  /**
   * The operator's metadata of the bot, changed in the same way as that of a user.
   * @example {}
   */
  bot_metadata: Record<string, string>;

  /**
   * Always false: images need no authentication.
   * @example false
   */
  bot_require_auth_for_profile_image: boolean;
}

/** A bot. */
export class PlatformBotDto {
  /** The profile of the bot. */
  bot: PlatformBotProfileDto;

  /**
   * The callback URL. Empty if there is none.
   * @example https://bots.example/weather
   */
  bot_callback_url: string;

  /**
   * Whether the bot receives only messages that start with "/" or mention it.
   * @example false
   */
  is_privacy_mode: boolean;

  /**
   * Whether the bot's messages count as read by the bot.
   * @example true
   */
  enable_mark_as_read: boolean;

  /**
   * Whether callbacks list the members of the channel.
   * @example false
   */
  show_member: boolean;

  /**
   * Whether the callback also reports that the bot joined or left a channel. Absent if not.
   * @example true
   */
  enable_membership_events?: boolean;

  /** The reaction to an invitation: 0 joins at once, 1 waits until it is accepted for the bot. @example 0 */
  @ApiInt()
  channel_invitation_preference: number;

  /**
   * Creation time in seconds since 1970.
   * @example 1790000000
   */
  @ApiInt()
  created_at: number;

  /** Only for AI bots. */
  ai?: PlatformBotAiDto;
}

/** A page of bots. */
export class PlatformBotListDto {
  /** The bots. */
  bots: PlatformBotDto[];

  /**
   * The `token` of the next page; empty on the last one.
   * @example ""
   */
  next: string;
}
