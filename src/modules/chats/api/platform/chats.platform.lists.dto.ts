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

/** What both lists of channels can be asked. */
export class PlatformChannelFilterDto extends PlatformPageQueryDto {
  /** Only distinct channels, or only others. */
  @IsOptional()
  @IsIn(['all', 'distinct', 'nondistinct'])
  distinct_mode?: 'all' | 'distinct' | 'nondistinct' = 'all';

  /** Only public channels, or only others. */
  @IsOptional()
  @IsIn(['all', 'public', 'private'])
  public_mode?: 'all' | 'public' | 'private' = 'all';

  /** Only super channels, or only others. */
  @IsOptional()
  @IsIn(['all', 'super', 'nonsuper'])
  super_mode?: 'all' | 'super' | 'nonsuper' = 'all';

  /** Whether channels without messages are listed too. */
  @IsOptional()
  @IsBoolean()
  show_empty?: boolean = false;

  /** Whether the members of each are shown. */
  @IsOptional()
  @IsBoolean()
  show_member?: boolean = false;

  /** The older name of `show_member`. */
  @IsOptional()
  @IsBoolean()
  member?: boolean = false;

  /** Whether it is shown when each member has last read them. */
  @IsOptional()
  @IsBoolean()
  show_read_receipt?: boolean = false;

  /** The older name of `show_read_receipt`. */
  @IsOptional()
  @IsBoolean()
  read_receipt?: boolean = false;

  /** Whether it is shown when each member has last got their messages. */
  @IsOptional()
  @IsBoolean()
  show_delivery_receipt?: boolean = false;

  /** Whether their metadata is shown. */
  @IsOptional()
  @IsBoolean()
  show_metadata?: boolean = false;

  /** Whether frozen channels are listed too. */
  @IsOptional()
  @IsBoolean()
  show_frozen?: boolean = true;

  /** The newest channel first, the one with the newest message first, by title, or by the item `metadata_order_key` of the metadata. */
  @IsOptional()
  @IsIn(CHANNEL_ORDERS)
  order?: PlatformChannelOrder = 'chronological';

  /**
   * With `metadata_value_alphabetical`, for which it is required: by the value of this item. Channels without it come first.
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
   * Only channels with one of these custom types, separated by commas. At most 100.
   * @example ["food"]
   */
  @IsOptional()
  @AreStrings(100)
  custom_types?: string[];

  /**
   * Only channels whose custom type starts so.
   * @example fo
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type_startswith?: string;

  /**
   * Only these channels, separated by commas. At most 100.
   * @example ["lunch"]
   */
  @IsOptional()
  @AreStrings(100)
  channel_urls?: string[];

  /**
   * Only channels with exactly this title.
   * @example Lunch
   */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  name?: string;

  /**
   * Only channels whose title has this in it; capital letters do not matter.
   * @example unc
   */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  name_contains?: string;

  /**
   * Only channels whose title starts so.
   * @example Lun
   */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  name_startswith?: string;

  /**
   * Only channels with exactly these members, separated by commas. At most 100.
   * @example ["mia","echo"]
   */
  @IsOptional()
  @AreStrings(100)
  members_exactly_in?: string[];

  /**
   * Only channels with these members, separated by commas: all of them, or one at least, as `query_type` says. At most 100.
   * @example ["mia"]
   */
  @IsOptional()
  @AreStrings(100)
  members_include_in?: string[];

  /** For `members_include_in`: all of them, or one at least. */
  @IsOptional()
  @IsIn(['AND', 'OR'])
  query_type?: 'AND' | 'OR' = 'AND';

  /**
   * Only channels in which somebody has one of these nicknames, separated by commas. At most 100.
   * @example ["Mia"]
   */
  @IsOptional()
  @AreStrings(100)
  members_nickname?: string[];

  /**
   * Only channels in which somebody's nickname has this in it.
   * @example ia
   */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  members_nickname_contains?: string;

  /**
   * Only channels in which somebody's nickname starts so.
   * @example Mi
   */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  members_nickname_startswith?: string;

  /**
   * Only channels created after this, in seconds since 1970.
   * @example 1790000000
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_SECONDS)
  @ApiInt()
  created_after?: number;

  /**
   * Only channels created before this, in seconds since 1970.
   * @example 1800000000
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_SECONDS)
  @ApiInt()
  created_before?: number;

  /**
   * Only channels with this key in their metadata.
   * @example theme
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  metadata_key?: string;

  /**
   * With `metadata_key`: only channels for which its value is one of these, separated by commas. At most 100.
   * @example ["dark"]
   */
  @IsOptional()
  @AreStrings(100)
  metadata_values?: string[];

  /**
   * With `metadata_key`: only channels for which its value starts so.
   * @example da
   */
  @IsOptional()
  @IsString()
  @MaxLength(190)
  metadata_value_startswith?: string;
}

/** Which channels to list. */
export class PlatformListChannelsQueryDto extends PlatformChannelFilterDto {}
