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
   * Where the bot is told of messages: an http or https URL, or empty for nowhere. At most 1024 characters. Needs the scope `bots:token`,
   * since callbacks carry that token.
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

  /**
   * Whether the callback also reports that the bot has joined or left a channel, as the categories `bot_event/group_channel:join`
   * and `bot_event/group_channel:leave`. An addition of this server.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  enable_membership_events?: boolean = false;

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
   * Where the bot is told of messages: an http or https URL, or empty for nowhere. At most 1024 characters. Needs the scope `bots:token`,
   * since callbacks carry that token.
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
   * Whether the callback also reports that the bot has joined or left a channel, as the categories `bot_event/group_channel:join`
   * and `bot_event/group_channel:leave`. An addition of this server.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  enable_membership_events?: boolean;

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
