import { IsBoolean, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformPageQueryDto } from '../../../../protocols/platform/platform.paging.dto.js';
import { PlatformUserSummaryDto } from '../../../users/api/platform/users.platform.dto.js';
import { PlatformMemberDto } from './channel-parts.platform.dto.js';

/** Which members of a channel to list. */
export class PlatformListMembersQueryDto extends PlatformPageQueryDto {
  /** By nickname, or operators first and each part by nickname. */
  @IsOptional()
  @IsIn(['member_nickname_alphabetical', 'operator_then_member_alphabetical'])
  order?: 'member_nickname_alphabetical' | 'operator_then_member_alphabetical' = 'member_nickname_alphabetical';

  /** Only operators of the channel, or only others. */
  @IsOptional()
  @IsIn(['all', 'operator', 'nonoperator'])
  operator_filter?: 'all' | 'operator' | 'nonoperator' = 'all';

  /** Only who has joined, or only who is invited. */
  @IsOptional()
  @IsIn(['all', 'invited_only', 'joined_only', 'invited_by_friend', 'invited_by_non_friend'])
  member_state_filter?: string = 'all';

  /** Only who is muted, or only others. Nobody ever is. */
  @IsOptional()
  @IsIn(['all', 'muted', 'unmuted'])
  muted_member_filter?: 'all' | 'muted' | 'unmuted' = 'all';

  /** Only those that are activated or deactivated, or all. */
  @IsOptional()
  @IsIn(['all', 'activated', 'deactivated'])
  member_active_mode_filter?: 'all' | 'activated' | 'deactivated' = 'activated';

  /**
   * Only members whose nickname starts so.
   * @example Mi
   */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  nickname_startswith?: string;

  /** Whether it is shown when each has last read the channel. */
  @IsOptional()
  @IsBoolean()
  show_read_receipt?: boolean = false;

  /** Whether it is shown when each has last got its messages. */
  @IsOptional()
  @IsBoolean()
  show_delivery_receipt?: boolean = false;
}

/** A page of members. */
export class PlatformMemberListDto {
  members: PlatformMemberDto[];

  /**
   * The `token` of the next page; empty on the last one.
   * @example ""
   */
  next: string;
}

/** Whether a user is a member. */
export class PlatformMembershipDto {
  /**
   * Whether the user has joined.
   * @example true
   */
  is_member: boolean;

  /**
   * `joined`, `invited` or `none`.
   * @example joined
   */
  state: 'joined' | 'invited' | 'none';
}

/** A page of operators. */
export class PlatformOperatorListDto {
  operators: PlatformUserSummaryDto[];

  /**
   * The `token` of the next page; empty on the last one.
   * @example ""
   */
  next: string;
}

/** Since when a member sees what is said. */
export class PlatformHistoryOffsetDto {
  /**
   * Milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  ts_message_offset: number;
}
