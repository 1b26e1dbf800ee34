import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformPageQueryDto } from '../../../../protocols/platform/platform.paging.dto.js';
import { IsFlatMetadata, IsInFuture, IsPlainText } from '../../../../protocols/platform/platform.validators.js';

/** A user as it appears within other things: the sender of a message, the creator of a channel. */
export class PlatformUserSummaryDto {
  /** @example mia */
  user_id: string;

  /** @example Mia */
  nickname: string;

  /** @example "" */
  profile_url: string;

  /**
   * The operator's notes on the user: strings by their names.
   * @example {"colour":"red"}
   */
  metadata: Record<string, string>;

  /**
   * Whether the user is activated.
   * @example true
   */
  is_active: boolean;

  /**
   * Always false: pictures need no authentication.
   * @example false
   */
  require_auth_for_profile_image: boolean;
}

/** A person, or the user that a bot is. */
export class PlatformUserDto {
  /** @example mia */
  user_id: string;

  /** @example Mia */
  nickname: string;

  /** @example "" */
  profile_url: string;

  /**
   * With which the user's own client logs in; empty if none was issued.
   * @example ""
   */
  access_token: string;

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
   * Always true.
   * @example true
   */
  is_created: boolean;

  /**
   * Always empty.
   * @example ""
   */
  phone_number: string;

  /**
   * Milliseconds since 1970; -1 for never.
   * @example -1
   */
  @ApiInt()
  last_seen_at: number;

  /**
   * Keys by which friends find the user.
   * @example []
   */
  discovery_keys: string[];

  /**
   * The languages that the user reads.
   * @example ["en"]
   */
  preferred_languages: string[];

  /**
   * Whether the user was ever seen.
   * @example false
   */
  has_ever_logged_in: boolean;

  /**
   * Always false: pictures need no authentication.
   * @example false
   */
  require_auth_for_profile_image: boolean;

  /**
   * Always empty.
   * @example []
   */
  session_tokens: string[];

  /**
   * The operator's notes on the user: at most 5 strings by their names.
   * @example {"colour":"red"}
   */
  metadata: Record<string, string>;

  /**
   * Seconds since 1970.
   * @example 1790000000
   */
  @ApiInt()
  created_at: number;

  /**
   * Always false.
   * @example false
   */
  is_hide_me_from_friends: boolean;

  /**
   * Always false.
   * @example false
   */
  is_shadow_blocked: boolean;

  /**
   * Always empty.
   * @example ""
   */
  locale: string;
}

/** A page of users. */
export class PlatformUserListDto {
  users: PlatformUserDto[];

  /**
   * The `token` of the next page; empty on the last one.
   * @example ""
   */
  next: string;
}

/** A person to be created. */
export class PlatformCreateUserDto {
  /**
   * The id, unique among people and bots. At most 80 characters.
   * @example mia
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  @IsPlainText()
  user_id: string;

  /**
   * The name that others see. At most 80 characters.
   * @example Mia
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  @IsPlainText()
  nickname: string;

  /**
   * The address of the picture; may be empty. At most 2048 characters. Required unless `profile_file` is sent.
   * @example ""
   */
  @IsString() // also of a form with a picture, which then is this field
  @MaxLength(2048)
  profile_url?: string;

  /** In a multipart form, instead of `profile_url`: a JPEG or PNG of 5 megabytes at most. */
  @ApiPropertyOptional({ type: 'string', format: 'binary', example: '(binary)' })
  profile_file?: unknown;

  /** Whether to make an access token, with which the user's own client logs in. */
  @IsOptional()
  @IsBoolean()
  issue_access_token?: boolean = false;

  /** Keys by which friends find the user. At most 100, each at most 128 characters. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(128, { each: true })
  discovery_keys?: string[];

  /**
   * At most 5 items, all of them strings, with keys that contain no comma.
   * @example {"colour":"red"}
   */
  @IsOptional()
  @IsObject()
  @IsFlatMetadata()
  metadata?: Record<string, string>;
}

/** What shall be changed of a user. Fields that are absent stay as they are. */
export class PlatformUpdateUserDto {
  /**
   * The name that others see. At most 80 characters.
   * @example "Mia of today"
   */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  @IsPlainText()
  nickname?: string;

  /**
   * The address of the picture; may be empty. At most 2048 characters.
   * @example https://cdn.example/mia.png
   */
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  profile_url?: string;

  /** In a multipart form, instead of `profile_url`: a JPEG or PNG of 5 megabytes at most. */
  @ApiPropertyOptional({ type: 'string', format: 'binary', example: '(binary)' })
  profile_file?: unknown;

  /**
   * Whether the user is activated.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  is_active?: boolean;

  /** Whether a user that is deactivated leaves all its channels. */
  @IsOptional()
  @IsBoolean()
  leave_all_when_deactivated?: boolean = true;

  /**
   * When the user was last seen, in milliseconds since 1970.
   * @example 1790000100123
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(8_640_000_000_000_000)
  @ApiInt()
  last_seen_at?: number;

  /** Whether to make a new access token; the old one is dead. */
  @IsOptional()
  @IsBoolean()
  issue_access_token?: boolean = false;

  /**
   * Keys by which friends find the user. At most 100, each at most 128 characters.
   * @example ["mia@mail.example"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(128, { each: true })
  discovery_keys?: string[];

  /**
   * The languages that the user reads. At most 4.
   * @example ["en"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(4)
  @IsString({ each: true })
  @MaxLength(128, { each: true })
  preferred_languages?: string[];
}

/** A session token to be made. */
export class PlatformNewSessionTokenDto {
  static readonly bodyMayBeAbsent = true;

  /**
   * When the token ends, in milliseconds since 1970: in the future. After seven days, if absent.
   * @example 4102444800000
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(8_640_000_000_000_000)
  @IsInFuture()
  @ApiInt()
  expires_at?: number;
}

/** With which the user's own client is let in. */
export class PlatformSessionTokenDto {
  /** @example eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln */
  token: string;

  /**
   * Milliseconds since 1970.
   * @example 4102444800000
   */
  @ApiInt()
  expires_at: number;
}

/** What a user does when it is invited. */
export class PlatformInvitationPreferenceDto {
  /**
   * Whether it joins at once.
   * @example true
   */
  @IsBoolean()
  auto_accept: boolean;
}

/** Which users to list. */
export class PlatformListUsersQueryDto extends PlatformPageQueryDto {
  /** Only those that are activated or deactivated, or all. */
  @IsOptional()
  @IsIn(['activated', 'deactivated', 'all'])
  active_mode?: 'activated' | 'deactivated' | 'all' = 'activated';

  /** Whether bots are listed too. */
  @IsOptional()
  @IsBoolean()
  show_bot?: boolean = true;

  /** Only users with these ids, separated by commas. At most 250. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(250)
  @IsString({ each: true })
  user_ids?: string[];

  /** Only users with exactly this nickname. */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  nickname?: string;

  /** Only users whose nickname starts so. */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  nickname_startswith?: string;

  /** Only users with this key in their metadata. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  metadatakey?: string;

  /** With `metadatakey`: only users for whom its value is one of these, separated by commas. At most 100. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  metadatavalues_in?: string[];
}
