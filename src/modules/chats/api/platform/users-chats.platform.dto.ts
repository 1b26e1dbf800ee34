import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { PlatformChannelFilterDto } from './chats.platform.lists.dto.js';

/** Filter of a user's channels. */
export class PlatformMyChannelsQueryDto extends PlatformChannelFilterDto {
  /** Lists only channels that are not hidden, only hidden ones, or all. */
  @IsOptional()
  @IsIn(['unhidden_only', 'hidden_only', 'hidden_allow_auto_unhide', 'hidden_prevent_auto_unhide', 'all'])
  hidden_mode?: string = 'unhidden_only';

  /** Lists all channels, or only those with unread messages. */
  @IsOptional()
  @IsIn(['all', 'unread_message'])
  unread_filter?: 'all' | 'unread_message' = 'all';

  /** Lists all channels, only joined ones, or only those to which the user is invited. */
  @IsOptional()
  @IsIn(['all', 'joined_only', 'invited_only', 'invited_by_friend', 'invited_by_non_friend'])
  member_state_filter?: string = 'all';

  /**
   * Lists only channels that contain this text in the field `search_fields`. At most 191 characters.
   * @example unc
   */
  @IsOptional()
  @IsString()
  @MaxLength(191)
  search_query?: string;

  /**
   * The field that `search_query` searches: the channel name or the nicknames of members.
   * @example "channel_name"
   */
  @IsOptional()
  @IsIn(['channel_name', 'member_nickname'])
  search_fields?: 'channel_name' | 'member_nickname' = 'channel_name';
}

/** Selects the channels that a user leaves. */
export class PlatformLeaveAllDto {
  static readonly bodyMayBeAbsent = true;

  /**
   * Leaves only channels with this custom type; all if absent. At most 128 characters.
   * @example food
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type?: string;
}
