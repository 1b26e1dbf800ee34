import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { AreStrings } from '../../../../protocols/platform/platform.fields.js';
import { PlatformPageQueryDto } from '../../../../protocols/platform/platform.paging.dto.js';

const CHANNEL_ORDERS = [
  'chronological',
  'latest_last_message',
  'channel_name_alphabetical',
  'metadata_value_alphabetical',
] as const;
export type PlatformChannelOrder = (typeof CHANNEL_ORDERS)[number];

const MAX_SECONDS = 8_640_000_000_000;

/** Filter and order of a list of channels. */
export class PlatformChannelFilterDto extends PlatformPageQueryDto {
  /** Lists all channels, only distinct ones, or only others. */
  @IsOptional()
  @IsIn(['all', 'distinct', 'nondistinct'])
  distinct_mode?: 'all' | 'distinct' | 'nondistinct' = 'all';

  /** Lists all channels, only public ones, or only private ones. */
  @IsOptional()
  @IsIn(['all', 'public', 'private'])
  public_mode?: 'all' | 'public' | 'private' = 'all';

  /** Lists all channels, only super channels, or only others. */
  @IsOptional()
  @IsIn(['all', 'super', 'nonsuper'])
  super_mode?: 'all' | 'super' | 'nonsuper' = 'all';

  /** Includes channels without messages. */
  @IsOptional()
  @IsBoolean()
  show_empty?: boolean = false;

  /** Returns the members of each channel. */
  @IsOptional()
  @IsBoolean()
  show_member?: boolean = false;

  /** The older name of `show_member`. */
  @IsOptional()
  @IsBoolean()
  member?: boolean = false;

  /** Returns the times of the members' last reads. */
  @IsOptional()
  @IsBoolean()
  show_read_receipt?: boolean = false;

  /** The older name of `show_read_receipt`. */
  @IsOptional()
  @IsBoolean()
  read_receipt?: boolean = false;

  /** Returns the times of the last deliveries to the members. */
  @IsOptional()
  @IsBoolean()
  show_delivery_receipt?: boolean = false;

  /** Returns the metadata of each channel. */
  @IsOptional()
  @IsBoolean()
  show_metadata?: boolean = false;

  /** Includes frozen channels. */
  @IsOptional()
  @IsBoolean()
  show_frozen?: boolean = true;

  /** Sorts by creation time, newest first; by the newest message, newest first; by title; or by the metadata item `metadata_order_key`. */
  @IsOptional()
  @IsIn(CHANNEL_ORDERS)
  order?: PlatformChannelOrder = 'chronological';

  /**
   * The metadata key to sort by. Required with `metadata_value_alphabetical`. Channels without the item come first. At most 128 characters.
   * @example theme
   */
  @ValidateIf(
    ({ order, metadata_order_key }: PlatformChannelFilterDto) =>
      order === 'metadata_value_alphabetical' || metadata_order_key !== undefined,
  )
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  metadata_order_key?: string;

  /**
   * Lists only channels with one of these custom types, separated by commas. At most 100.
   * @example ["food"]
   */
  @IsOptional()
  @AreStrings(100)
  custom_types?: string[];

  /**
   * Lists only channels whose custom type starts with this text. At most 128 characters.
   * @example fo
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type_startswith?: string;

  /**
   * Lists only these channels, separated by commas. At most 100.
   * @example ["lunch"]
   */
  @IsOptional()
  @AreStrings(100)
  channel_urls?: string[];

  /**
   * Lists only channels with exactly this title. At most 191 characters.
   * @example Lunch
   */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  name?: string;

  /**
   * Lists only channels whose title contains this text, ignoring case. At most 191 characters.
   * @example unc
   */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  name_contains?: string;

  /**
   * Lists only channels whose title starts with this text, ignoring case. At most 191 characters.
   * @example Lun
   */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  name_startswith?: string;

  /**
   * Lists only channels with exactly these members, separated by commas. At most 100.
   * @example ["mia","echo"]
   */
  @IsOptional()
  @AreStrings(100)
  members_exactly_in?: string[];

  /**
   * Lists only channels with all or at least one of these members, by `query_type`, separated by commas. At most 100.
   * @example ["mia"]
   */
  @IsOptional()
  @AreStrings(100)
  members_include_in?: string[];

  /** For `members_include_in`: `AND` requires all members, `OR` at least one. */
  @IsOptional()
  @IsIn(['AND', 'OR'])
  query_type?: 'AND' | 'OR' = 'AND';

  /**
   * Lists only channels in which a member has one of these nicknames, separated by commas. At most 100.
   * @example ["Mia"]
   */
  @IsOptional()
  @AreStrings(100)
  members_nickname?: string[];

  /**
   * Lists only channels in which a member's nickname contains this text, ignoring case. At most 80 characters.
   * @example ia
   */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  members_nickname_contains?: string;

  /**
   * Lists only channels in which a member's nickname starts with this text, ignoring case. At most 80 characters.
   * @example Mi
   */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  members_nickname_startswith?: string;

  /**
   * Lists only channels created after this time, in seconds since 1970.
   * @example 1790000000
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_SECONDS)
  @ApiInt()
  created_after?: number;

  /**
   * Lists only channels created before this time, in seconds since 1970.
   * @example 1800000000
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_SECONDS)
  @ApiInt()
  created_before?: number;

  /**
   * Lists only channels whose metadata has this key. At most 128 characters.
   * @example theme
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  metadata_key?: string;

  /**
   * With `metadata_key`: lists only channels with one of these values, separated by commas. At most 100.
   * @example ["dark"]
   */
  @IsOptional()
  @AreStrings(100)
  metadata_values?: string[];

  /**
   * With `metadata_key`: lists only channels whose value starts with this text. At most 190 characters.
   * @example da
   */
  @IsOptional()
  @IsString()
  @MaxLength(190)
  metadata_value_startswith?: string;
}

/** Filter and order of the list of channels. */
export class PlatformListChannelsQueryDto extends PlatformChannelFilterDto {}
