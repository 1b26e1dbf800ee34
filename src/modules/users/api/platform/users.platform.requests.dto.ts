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

/** A person to create. */
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
   * The URL of the profile image; may be empty. At most 2048 characters. Required unless `profile_file` is sent.
   * @example ""
   */
  @IsString() // the upload interceptor sets it for a form with an image
  @MaxLength(2048)
  profile_url?: string;

  /** The profile image in a multipart form, instead of `profile_url`: JPEG or PNG, at most 5 MB. */
  @ApiPropertyOptional({ type: 'string', format: 'binary', example: '(binary)' })
  profile_file?: unknown;

  /** Issues an access token for logins of the user's client. */
  @IsOptional()
  @IsBoolean()
  issue_access_token?: boolean = false;

  /** Keys by which friends find the user. At most 100, each at most 128 characters. */
  @IsOptional()
  @AreStrings(100, 128)
  discovery_keys?: string[];

  /**
   * The metadata: at most 5 items. Values are strings of at most 65536 characters; keys have at most 128 and no comma.
   * @example {"colour":"red"}
   */
  @IsOptional()
  @IsObject()
  @IsFlatMetadata()
  @HasShortItems()
  metadata?: Record<string, string>;
}

/** Changes of a user. Absent fields stay unchanged. */
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
   * The URL of the profile image; may be empty. At most 2048 characters.
   * @example https://cdn.example/mia.png
   */
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  profile_url?: string;

  /** The profile image in a multipart form, instead of `profile_url`: JPEG or PNG, at most 5 MB. */
  @ApiPropertyOptional({ type: 'string', format: 'binary', example: '(binary)' })
  profile_file?: unknown;

  /**
   * Whether the user is activated.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  is_active?: boolean;

  /** Whether the user leaves all its channels when deactivated. */
  @IsOptional()
  @IsBoolean()
  leave_all_when_deactivated?: boolean = true;

  /**
   * The time when the user was last seen, in milliseconds since 1970.
   * @example 1790000100123
   */
  @IsOptional()
  @IsMillis()
  last_seen_at?: number;

  /** Issues a new access token; the old one becomes invalid. */
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

/** A session token to issue. */
export class PlatformNewSessionTokenDto {
  static readonly bodyMayBeAbsent = true;

  /**
   * The expiry time, in milliseconds since 1970: in the future, at most SESSION_MAX_DAYS from now (400 days by default).
   * 7 days from now if absent.
   * @example 4102444800000
   */
  @IsOptional()
  @IsMillis()
  @IsInFuture()
  expires_at?: number;
}

/** Options of a deletion. */
export class PlatformDeleteUserQueryDto {
  /**
   * Erases the user's content too: messages with their files, survey answers, and model inputs that contain them. Cannot be
   * undone.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  erase?: boolean = false;
}

/** Filter of a list of users. */
export class PlatformListUsersQueryDto extends PlatformPageQueryDto {
  /** Lists only activated users, only deactivated ones, or all. */
  @IsOptional()
  @IsIn(['activated', 'deactivated', 'all'])
  active_mode?: 'activated' | 'deactivated' | 'all' = 'activated';

  /** Includes bots. */
  @IsOptional()
  @IsBoolean()
  show_bot?: boolean = true;

  /** Lists only users with these ids, separated by commas. At most 250. */
  @IsOptional()
  @AreStrings(250)
  user_ids?: string[];

  /** Lists only users with exactly this nickname. At most 80 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  nickname?: string;

  /** Lists only users whose nickname starts with this text. At most 80 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  nickname_startswith?: string;

  /** Lists only users whose metadata has this key. At most 128 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  metadatakey?: string;

  /** With `metadatakey`: lists only users with one of these values, separated by commas. At most 100. */
  @IsOptional()
  @AreStrings(100)
  metadatavalues_in?: string[];
}
