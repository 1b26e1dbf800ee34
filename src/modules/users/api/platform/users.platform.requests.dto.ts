import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsNotEmpty, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { AreStrings, IsMillis } from '../../../../protocols/platform/platform.fields.js';
import { PlatformPageQueryDto } from '../../../../protocols/platform/platform.paging.dto.js';
import {
  HasShortItems,
  IsFlatMetadata,
  IsInFuture,
  IsPlainText,
} from '../../../../protocols/platform/platform.validators.js';

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
  @AreStrings(100, 128)
  discovery_keys?: string[];

  /**
   * At most 5 items, all of them strings of at most 65536 characters, with keys that contain no comma and have at most 128.
   * @example {"colour":"red"}
   */
  @IsOptional()
  @IsObject()
  @IsFlatMetadata()
  @HasShortItems()
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
  @IsMillis()
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
  @AreStrings(100, 128)
  discovery_keys?: string[];

  /**
   * The languages that the user reads. At most 4.
   * @example ["en"]
   */
  @IsOptional()
  @AreStrings(4, 128)
  preferred_languages?: string[];
}

/** A session token to be made. */
export class PlatformNewSessionTokenDto {
  static readonly bodyMayBeAbsent = true;

  /**
   * When the token ends, in milliseconds since 1970: in the future, and at most SESSION_MAX_DAYS from now (400 days unless
   * the settings say otherwise). After seven days, if absent.
   * @example 4102444800000
   */
  @IsOptional()
  @IsMillis()
  @IsInFuture()
  expires_at?: number;
}

/** How to delete a user. */
export class PlatformDeleteUserQueryDto {
  /**
   * Whether everything that the user has written is erased too: messages with their files, answers to surveys, and what models were
   * told of them. It cannot be undone.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  erase?: boolean = false;
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
  @AreStrings(250)
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
  @AreStrings(100)
  metadatavalues_in?: string[];
}
