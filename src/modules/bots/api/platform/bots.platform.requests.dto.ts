import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformPageQueryDto } from '../../../../protocols/platform/platform.paging.dto.js';
import { IsHttpUrl, IsPlainText } from '../../../../protocols/platform/platform.validators.js';
import type { InvitationPreference } from '../../bot.entity.js';
import { PlatformNewAiSettingsDto, PlatformAiSettingsDto } from './bots.platform.ai.dto.js';

/** The bot to create. */
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
   * The displayed name. At most 80 characters.
   * @example Weather
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  @IsPlainText()
  bot_nickname: string;

  /**
   * The URL of the profile image; may be empty. At most 2048 characters.
   * @example ""
   */
  @IsString()
  @MaxLength(2048)
  bot_profile_url: string;

  /**
   * A type for sorting bots; may be empty. At most 128 characters.
   * @example helper
   */
  @IsString()
  @MaxLength(128)
  bot_type: string;

  /**
   * The callback URL for messages: an http or https URL, or empty for no callback. At most 1024 characters. Requires the scope
   * `bots:token`, because callbacks contain the bot's token.
   * Required unless `ai` is given.
   * @example https://bots.example/weather
   */
  @ValidateIf(({ ai, bot_callback_url }: PlatformCreateBotDto) => !ai || bot_callback_url !== undefined)
  @IsString()
  @MaxLength(1024)
  @IsHttpUrl()
  bot_callback_url?: string;

  /**
   * Whether the bot receives only messages that start with "/" or mention it.
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

  /**
   * Whether the callback also reports that the bot joined or left a channel, as the categories `bot_event/group_channel:join` and
   * `bot_event/group_channel:leave`. An extension of this server.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  enable_membership_events?: boolean = false;

  /** The reaction to an invitation: 0 joins at once, 1 waits until the invitation is accepted for the bot. */
  @IsOptional()
  @IsInt()
  @IsIn([0, 1])
  @ApiInt()
  channel_invitation_preference?: InvitationPreference = 0;

  /** AI settings. With them, a model replies for the bot. */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => PlatformNewAiSettingsDto)
  ai?: PlatformNewAiSettingsDto;
}

/** The bot fields to change. Absent fields stay unchanged. */
export class PlatformUpdateBotDto {
  static readonly nullable = ['ai'];

  /**
   * The displayed name. At most 80 characters.
   * @example "Weather of today"
   */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  @IsPlainText()
  bot_nickname?: string;

  /**
   * The URL of the profile image; may be empty. At most 2048 characters.
   * @example https://cdn.example/weather.png
   */
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  bot_profile_url?: string;

  /**
   * The callback URL for messages: an http or https URL, or empty for no callback. At most 1024 characters. Requires the scope
   * `bots:token`, because callbacks contain the bot's token.
   * @example https://bots.example/weather
   */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  @IsHttpUrl()
  bot_callback_url?: string;

  /**
   * Whether the bot receives only messages that start with "/" or mention it.
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
   * Whether the callback also reports that the bot joined or left a channel, as the categories `bot_event/group_channel:join` and
   * `bot_event/group_channel:leave`. An extension of this server.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  enable_membership_events?: boolean;

  /**
   * The reaction to an invitation: 0 joins at once, 1 waits until the invitation is accepted for the bot.
   * @example 0
   */
  @IsOptional()
  @IsInt()
  @IsIn([0, 1])
  @ApiInt()
  channel_invitation_preference?: InvitationPreference;

  /**
   * Creates or changes the AI settings. Null removes them; the bot then needs another endpoint.
   */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => PlatformAiSettingsDto)
  @ApiPropertyOptional({ type: () => PlatformAiSettingsDto, nullable: true })
  ai?: PlatformAiSettingsDto | null;
}

/** The page of bots to list. */
export class PlatformListBotsQueryDto extends PlatformPageQueryDto {
  /** Return only AI bots, or only others; all if absent. */
  @IsOptional()
  @IsBoolean()
  is_ai?: boolean;
}

export const NEW_BOTS: Record<string, PlatformCreateBotDto> = {
  'Bot with a callback': {
    bot_userid: 'weather_bot',
    bot_nickname: 'Weather',
    bot_profile_url: '',
    bot_type: 'helper',
    bot_callback_url: 'https://bots.example/weather',
    is_privacy_mode: false,
  },
  'AI bot': {
    bot_userid: 'clever_bot',
    bot_nickname: 'Clever',
    bot_profile_url: '',
    bot_type: 'helper',
    is_privacy_mode: false,
    ai: { backend: 'chatgpt', system_message: 'Answer in one line.' },
  },
};

export const BOT_CHANGES: Record<string, PlatformUpdateBotDto> = {
  'Change the name': { bot_nickname: 'Echo of today' },
  'Remove the AI settings': { ai: null, bot_callback_url: 'https://bots.example/clever' },
  'Change the callback URL': { bot_callback_url: 'https://bots.example/echo' },
};
