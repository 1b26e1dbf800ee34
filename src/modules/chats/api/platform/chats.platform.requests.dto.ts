import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { AreUserIds } from '../../../../protocols/platform/platform.fields.js';
import { PlatformInviteesDto } from './members.platform.requests.dto.js';

/** A group channel to create. */
export class PlatformCreateChannelDto extends PlatformInviteesDto {
  /**
   * The title. At most 191 characters.
   * @example Lunch
   */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  name?: string = 'Group Channel';

  /**
   * The id of the channel: 4 to 100 letters, digits, `_` and `-`. Generated if absent.
   * @example lunch
   */
  @IsOptional()
  @IsString()
  @MinLength(4)
  @MaxLength(100)
  @Matches(/^[A-Za-z0-9_-]*$/, { message: '$property must contain only the characters A-Z, a-z, 0-9, _ and -' })
  channel_url?: string;

  /** The URL of the cover image. At most 2048 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  cover_url?: string = '';

  /** The cover image in a multipart form, instead of `cover_url`: JPEG or PNG, at most 5 MB. */
  @ApiPropertyOptional({ type: 'string', format: 'binary', example: '(binary)' })
  cover_file?: unknown;

  /** A category of the caller's choice. At most 128 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type?: string = '';

  /** Free text, such as JSON. At most 65536 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(65_536)
  data?: string = '';

  /** Returns an existing channel with the same members and `custom_type`, if there is one, instead of creating another. */
  @IsOptional()
  @IsBoolean()
  is_distinct?: boolean = false;

  /** Whether users can join without an invitation. */
  @IsOptional()
  @IsBoolean()
  is_public?: boolean = false;

  /** Whether the channel may have more than 100 members. Cannot be combined with `is_distinct`. */
  @IsOptional()
  @IsBoolean()
  is_super?: boolean = false;

  /** Stored and returned. Messages are stored in any case. */
  @IsOptional()
  @IsBoolean()
  is_ephemeral?: boolean = false;

  /** The access code required to join. Only for public channels. At most 128 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  access_code?: string = '';

  /** The ids of the members that are operators of the channel. At most 100. */
  @IsOptional()
  @AreUserIds()
  operator_ids?: string[];

  /** Rejects unknown users instead of ignoring them. */
  @IsOptional()
  @IsBoolean()
  strict?: boolean = false;
}

/** Changes of a channel. Absent fields stay unchanged. */
export class PlatformUpdateChannelDto {
  /**
   * The title. At most 191 characters.
   * @example "Late lunch"
   */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  name?: string;

  /**
   * The URL of the cover image. At most 2048 characters.
   * @example https://cdn.example/lunch.png
   */
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  cover_url?: string;

  /** The cover image in a multipart form, instead of `cover_url`: JPEG or PNG, at most 5 MB. */
  @ApiPropertyOptional({ type: 'string', format: 'binary', example: '(binary)' })
  cover_file?: unknown;

  /**
   * A category of the caller's choice. At most 128 characters.
   * @example food
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type?: string;

  /**
   * Free text, such as JSON. At most 65536 characters.
   * @example "{}"
   */
  @IsOptional()
  @IsString()
  @MaxLength(65_536)
  data?: string;

  /**
   * Whether the channel is distinct. `true` fails if another distinct channel has the same members and custom type.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  is_distinct?: boolean;

  /**
   * Whether users can join without an invitation. A channel that becomes private loses its access code.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  is_public?: boolean;

  /**
   * Stored and returned. Messages are stored in any case.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  is_ephemeral?: boolean;

  /**
   * The access code required to join; empty for none. Only for public channels. At most 128 characters.
   * @example sesame
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  access_code?: string;

  /**
   * The ids of the members that are operators of the channel. Replaces all operators. At most 100.
   * @example ["mia"]
   */
  @IsOptional()
  @AreUserIds()
  operator_ids?: string[];
}

/** Whether a channel is frozen. */
export class PlatformFreezeDto {
  /**
   * Whether only operators can send messages.
   * @example true
   */
  @IsBoolean()
  freeze: boolean;
}

/** The parts of a channel to return. */
export class PlatformViewChannelQueryDto {
  /** Returns the members. */
  @IsOptional()
  @IsBoolean()
  show_member?: boolean = false;

  /** Returns the times of the members' last reads. */
  @IsOptional()
  @IsBoolean()
  show_read_receipt?: boolean = false;

  /** Returns the times of the last deliveries to the members. */
  @IsOptional()
  @IsBoolean()
  show_delivery_receipt?: boolean = false;

  /** With `show_member`: returns all members, only activated, or only deactivated ones. */
  @IsOptional()
  @IsIn(['all', 'activated', 'deactivated'])
  member_active_mode?: 'all' | 'activated' | 'deactivated' = 'all';

  /** Returns this user's view of the channel: membership, role, unread messages. At most 80 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  user_id?: string;
}
