import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformPageQueryDto } from '../../../../protocols/platform/platform.paging.dto.js';
import { IsHttpUrl, IsPlainText } from '../../../../protocols/platform/platform.validators.js';
import type { InvitationPreference } from '../../bot.entity.js';

/** Some clients send the system message as a list of lines. */
const joinLines = ({ value }: { value: unknown }): unknown =>
  Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('\n') : value;

/** How the model answers for an AI bot. */
export class PlatformAiParametersDto {
  /**
   * What sets the behaviour of the bot; may also be a list of lines. At most 65536 characters.
   * "You are a helpful assistant." if a new AI bot has none.
   * @example "Answer in one line."
   */
  @IsOptional()
  @Transform(joinLines)
  @IsString()
  @MaxLength(65_536)
  system_message?: string;

  /**
   * How random the answers are: 0 to 2. 1 for a new AI bot.
   * @example 0.7
   */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number;

  /**
   * How many tokens an answer has at most: 1 to 2048. 256 for a new AI bot.
   * @example 256
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2048)
  @ApiInt()
  max_tokens?: number;

  /**
   * How diverse the answers are, by nucleus sampling: 0 to 1. 1 for a new AI bot.
   * @example 1
   */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  top_p?: number;

  /**
   * The higher, the more the bot looks for new topics: -2 to 2. 0 for a new AI bot.
   * @example 0
   */
  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  presence_penalty?: number;

  /**
   * The higher, the less the bot repeats itself: -2 to 2. 0 for a new AI bot.
   * @example 0
   */
  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  frequency_penalty?: number;
}

/** The settings of a new AI bot. Those that are absent get their defaults. */
export class PlatformNewAiSettingsDto extends PlatformAiParametersDto {
  /**
   * The system that powers the bot.
   * @example chatgpt
   */
  @IsIn(['chatgpt'])
  backend: 'chatgpt';
}

/** What shall be changed of the settings of an AI bot. Those that are absent stay as they are. */
export class PlatformAiSettingsDto extends PlatformAiParametersDto {
  /**
   * The system that powers the bot.
   * @example chatgpt
   */
  @IsOptional()
  @IsIn(['chatgpt'])
  backend?: 'chatgpt';
}

/** A bot to be created. */
export class PlatformCreateBotDto {
  /**
   * The id, unique among people and bots. At most 80 characters.
   * @example weather_bot
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  @IsPlainText()
  bot_userid: string;

  /**
   * The name that others see. At most 80 characters.
   * @example Weather
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  @IsPlainText()
  bot_nickname: string;

  /**
   * The address of the picture; may be empty. At most 2048 characters.
   * @example ""
   */
  @IsString()
  @MaxLength(2048)
  bot_profile_url: string;

  /**
   * A word by which the operator sorts bots; may be empty. At most 128 characters.
   * @example helper
   */
  @IsString()
  @MaxLength(128)
  bot_type: string;

  /**
   * Where the bot is told of messages: an http or https URL, or empty for nowhere. At most 1024 characters.
   * Required unless `ai` is given.
   * @example https://bots.example/weather
   */
  @ValidateIf(({ ai, bot_callback_url }: PlatformCreateBotDto) => !ai || bot_callback_url !== undefined)
  @IsString()
  @MaxLength(1024)
  @IsHttpUrl()
  bot_callback_url?: string;

  /**
   * Whether the bot is told only of messages that start with "/" or mention it.
   * @example false
   */
  @IsBoolean()
  is_privacy_mode: boolean;

  /** Whether the bot's messages count as read by the bot. */
  @IsOptional()
  @IsBoolean()
  enable_mark_as_read?: boolean = true;

  /** Whether callbacks list the members of the channel. */
  @IsOptional()
  @IsBoolean()
  show_member?: boolean = false;

  /** What the bot does when it is invited: 0 joins at once, 1 waits until the invitation is accepted for it. */
  @IsOptional()
  @IsInt()
  @IsIn([0, 1])
  @ApiInt()
  channel_invitation_preference?: InvitationPreference = 0;

  /** Makes it an AI bot, for which a model answers. */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => PlatformNewAiSettingsDto)
  ai?: PlatformNewAiSettingsDto;
}

/** What shall be changed of a bot. Fields that are absent stay as they are. */
export class PlatformUpdateBotDto {
  static readonly nullable = ['ai'];

  /**
   * The name that others see. At most 80 characters.
   * @example "Weather of today"
   */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  @IsPlainText()
  bot_nickname?: string;

  /**
   * The address of the picture; may be empty. At most 2048 characters.
   * @example https://cdn.example/weather.png
   */
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  bot_profile_url?: string;

  /**
   * Where the bot is told of messages: an http or https URL, or empty for nowhere. At most 1024 characters.
   * @example https://bots.example/weather
   */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  @IsHttpUrl()
  bot_callback_url?: string;

  /**
   * Whether the bot is told only of messages that start with "/" or mention it.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  is_privacy_mode?: boolean;

  /**
   * Whether the bot's messages count as read by the bot.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  enable_mark_as_read?: boolean;

  /**
   * Whether callbacks list the members of the channel.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  show_member?: boolean;

  /**
   * What the bot does when it is invited: 0 joins at once, 1 waits until the invitation is accepted for it.
   * @example 0
   */
  @IsOptional()
  @IsInt()
  @IsIn([0, 1])
  @ApiInt()
  channel_invitation_preference?: InvitationPreference;

  /**
   * Makes it an AI bot, or changes the settings of one. With null no model answers for it any more; the bot has to be reached in
   * another way then.
   */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => PlatformAiSettingsDto)
  @ApiPropertyOptional({ type: () => PlatformAiSettingsDto, nullable: true })
  ai?: PlatformAiSettingsDto | null;
}

/** Which bots to list. */
export class PlatformListBotsQueryDto extends PlatformPageQueryDto {
  /** Only AI bots, or only others; all if absent. */
  @IsOptional()
  @IsBoolean()
  is_ai?: boolean;
}

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
   * The secret of the bot, good for all three protocols.
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

/** How the model answers for an AI bot. */
export class PlatformBotAiDto {
  /** @example chatgpt */
  backend: string;

  /** @example "Answer in one line." */
  system_message: string;

  /** @example 1 */
  temperature: number;

  /** @example 256 */
  @ApiInt()
  max_tokens: number;

  /** @example 1 */
  top_p: number;

  /** @example 0 */
  presence_penalty: number;

  /** @example 0 */
  frequency_penalty: number;
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
