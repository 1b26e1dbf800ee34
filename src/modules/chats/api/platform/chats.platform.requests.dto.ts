import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { AreUserIds } from '../../../../protocols/platform/platform.fields.js';
import { PlatformInviteesDto } from './invitees.platform.dto.js';

/** A group channel to be created. */
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
   * The id of the channel: 4 to 100 letters, digits, `_` and `-`. One is made if it is absent.
   * @example lunch
   */
  @IsOptional()
  @IsString()
  @MinLength(4)
  @MaxLength(100)
  @Matches(/^[A-Za-z0-9_-]*$/, { message: '$property may have the characters A-Z, a-z, 0-9, _ and - only' })
  channel_url?: string;

  /** The address of the picture. At most 2048 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  cover_url?: string = '';

  /** In a multipart form, instead of `cover_url`: a JPEG or PNG of 5 megabytes at most. */
  @ApiPropertyOptional({ type: 'string', format: 'binary', example: '(binary)' })
  cover_file?: unknown;

  /** A word by which the operator sorts channels. At most 128 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type?: string = '';

  /** Any text, such as JSON. At most 65536 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(65_536)
  data?: string = '';

  /** Whether a channel with the same members and `custom_type` is answered, if there is one, instead of creating another. */
  @IsOptional()
  @IsBoolean()
  is_distinct?: boolean = false;

  /** Whether anybody may join. */
  @IsOptional()
  @IsBoolean()
  is_public?: boolean = false;

  /** Whether it may have more than 100 members. Cannot be together with `is_distinct`. */
  @IsOptional()
  @IsBoolean()
  is_super?: boolean = false;

  /**
   * Kept and shown; messages are stored all the same.
   */
  @IsOptional()
  @IsBoolean()
  is_ephemeral?: boolean = false;

  /** What is asked of whoever joins. Only for public channels. At most 128 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  access_code?: string = '';

  /** Which of the members are operators of the channel. At most 100. */
  @IsOptional()
  @AreUserIds()
  operator_ids?: string[];

  /** Whether unknown users are an error, instead of being left out. */
  @IsOptional()
  @IsBoolean()
  strict?: boolean = false;
}

/** What shall be changed of a channel. Fields that are absent stay as they are. */
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
   * The address of the picture. At most 2048 characters.
   * @example https://cdn.example/lunch.png
   */
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  cover_url?: string;

  /** In a multipart form, instead of `cover_url`: a JPEG or PNG of 5 megabytes at most. */
  @ApiPropertyOptional({ type: 'string', format: 'binary', example: '(binary)' })
  cover_file?: unknown;

  /**
   * A word by which the operator sorts channels. At most 128 characters.
   * @example food
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type?: string;

  /**
   * Any text, such as JSON. At most 65536 characters.
   * @example "{}"
   */
  @IsOptional()
  @IsString()
  @MaxLength(65_536)
  data?: string;

  /**
   * `false` makes a distinct channel an ordinary one, `true` an ordinary one distinct, if no other is of its members and custom type.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  is_distinct?: boolean;

  /**
   * Whether anybody may join. A channel that is made private has no access code any more.
   * @example true
   */
  @IsOptional()
  @IsBoolean()
  is_public?: boolean;

  /**
   * Accepted for the sake of existing clients.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  is_ephemeral?: boolean;

  /**
   * What is asked of whoever joins; empty for nothing. Only for public channels. At most 128 characters.
   * @example sesame
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  access_code?: string;

  /**
   * Which of the members are operators of the channel; others are no longer. At most 100.
   * @example ["mia"]
   */
  @IsOptional()
  @AreUserIds()
  operator_ids?: string[];
}

/** Whether a channel is frozen. */
export class PlatformFreezeDto {
  /**
   * Whether only operators may write.
   * @example true
   */
  @IsBoolean()
  freeze: boolean;
}

/** What is shown of a channel. */
export class PlatformViewChannelQueryDto {
  /** Whether its members are shown. */
  @IsOptional()
  @IsBoolean()
  show_member?: boolean = false;

  /** Whether it is shown when each member has last read it. */
  @IsOptional()
  @IsBoolean()
  show_read_receipt?: boolean = false;

  /** Whether it is shown when each member has last got its messages. */
  @IsOptional()
  @IsBoolean()
  show_delivery_receipt?: boolean = false;

  /** Which members are shown, with `show_member`. */
  @IsOptional()
  @IsIn(['all', 'activated', 'deactivated'])
  member_active_mode?: 'all' | 'activated' | 'deactivated' = 'all';

  /** Whose view of the channel is shown: membership, role, unread messages. At most 80 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  user_id?: string;
}
