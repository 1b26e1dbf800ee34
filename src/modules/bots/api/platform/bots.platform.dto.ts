import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformBotAiDto } from './bots.platform.ai.dto.js';

/** Who a bot is. */
export class PlatformBotProfileDto {
  /** @example weather_bot */
  bot_userid: string;

  /** @example Weather */
  bot_nickname: string;

  /**
   * The address of the picture; may be empty.
   * @example ""
   */
  bot_profile_url: string;

  /** @example helper */
  bot_type: string;

  /**
   * The secret of the bot, good for all three protocols. Empty for an API token without the scope `bots:token`.
   * @example b1c0ffee00112233445566778899aabbccddeeff
   */
  bot_token: string;

  /**
   * The operator's notes on the bot, changed as those of a user.
   * @example {}
   */
  bot_metadata: Record<string, string>;

  /**
   * Always false: pictures need no authentication.
   * @example false
   */
  bot_require_auth_for_profile_image: boolean;
}

/** A bot. */
export class PlatformBotDto {
  bot: PlatformBotProfileDto;

  /**
   * Empty if there is none.
   * @example https://bots.example/weather
   */
  bot_callback_url: string;

  /**
   * Whether the bot is told only of messages that start with "/" or mention it.
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
   * Whether the callback also reports that the bot has joined or left a channel. Absent unless it does.
   * @example true
   */
  enable_membership_events?: boolean;

  /** @example 0 */
  @ApiInt()
  channel_invitation_preference: number;

  /**
   * Seconds since 1970.
   * @example 1790000000
   */
  @ApiInt()
  created_at: number;

  /** Only for AI bots. */
  ai?: PlatformBotAiDto;
}

/** A page of bots. */
export class PlatformBotListDto {
  bots: PlatformBotDto[];

  /**
   * The `token` of the next page; empty on the last one.
   * @example ""
   */
  next: string;
}
