import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { PlatformChannelFilterDto } from './chats.platform.lists.dto.js';

/** Which channels of a user to list. */
export class PlatformMyChannelsQueryDto extends PlatformChannelFilterDto {
  /** Only channels that the user sees in its list, only hidden ones, or all. */
  @IsOptional()
  @IsIn(['unhidden_only', 'hidden_only', 'hidden_allow_auto_unhide', 'hidden_prevent_auto_unhide', 'all'])
  hidden_mode?: string = 'unhidden_only';

  /** Only channels in which the user has something to read. */
  @IsOptional()
  @IsIn(['all', 'unread_message'])
  unread_filter?: 'all' | 'unread_message' = 'all';

  /** Only channels that the user has joined, or only those that it is invited to. */
  @IsOptional()
  @IsIn(['all', 'joined_only', 'invited_only', 'invited_by_friend', 'invited_by_non_friend'])
  member_state_filter?: string = 'all';

  /**
   * Only channels whose title, or somebody's nickname in them, has this in it, as `search_fields` says.
   * @example unc
   */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  search_query?: string;

  /**
   * Where `search_query` looks.
   * @example "channel_name"
   */
  @IsOptional()
  @IsIn(['channel_name', 'member_nickname'])
  search_fields?: 'channel_name' | 'member_nickname' = 'channel_name';
}

/** Which of a user's channels it leaves. */
export class PlatformLeaveAllDto {
  static readonly bodyMayBeAbsent = true;

  /**
   * Only those with this custom type; all if absent. At most 128 characters.
   * @example food
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type?: string;
}
