import { IsBoolean, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformPageQueryDto } from '../../../../protocols/platform/platform.paging.dto.js';
import { PlatformUserSummaryDto } from '../../../users/api/platform/users.platform.dto.js';
import { PlatformMemberDto } from './channel-parts.platform.dto.js';

/** Filter and order of a list of members. */
export class PlatformListMembersQueryDto extends PlatformPageQueryDto {
  /** Sorts by nickname, or operators first and then by nickname. */
  @IsOptional()
  @IsIn(['member_nickname_alphabetical', 'operator_then_member_alphabetical'])
  order?: 'member_nickname_alphabetical' | 'operator_then_member_alphabetical' = 'member_nickname_alphabetical';

  /** Lists all members, only operators, or only other members. */
  @IsOptional()
  @IsIn(['all', 'operator', 'nonoperator'])
  operator_filter?: 'all' | 'operator' | 'nonoperator' = 'all';

  /** Lists all members, only joined ones, or only invited ones. */
  @IsOptional()
  @IsIn(['all', 'invited_only', 'joined_only', 'invited_by_friend', 'invited_by_non_friend'])
  member_state_filter?: string = 'all';

  /** Lists all members, only muted ones, or only others. No member is ever muted. */
  @IsOptional()
  @IsIn(['all', 'muted', 'unmuted'])
  muted_member_filter?: 'all' | 'muted' | 'unmuted' = 'all';

  /** Lists all members, only activated ones, or only deactivated ones. */
  @IsOptional()
  @IsIn(['all', 'activated', 'deactivated'])
  member_active_mode_filter?: 'all' | 'activated' | 'deactivated' = 'activated';

  /**
   * Lists only members whose nickname starts with this text. At most 80 characters.
   * @example Mi
   */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  nickname_startswith?: string;

  /** Returns the times of the members' last reads. */
  @IsOptional()
  @IsBoolean()
  show_read_receipt?: boolean = false;

  /** Returns the times of the last deliveries to the members. */
  @IsOptional()
  @IsBoolean()
  show_delivery_receipt?: boolean = false;
}

/** A page of members. */
export class PlatformMemberListDto {
  /** The members of this page. */
  members: PlatformMemberDto[];

  /**
   * The `token` of the next page; empty on the last page.
   * @example ""
   */
  next: string;
}

/** The membership of a user. */
export class PlatformMembershipDto {
  /**
   * Whether the user has joined.
   * @example true
   */
  is_member: boolean;

  /**
   * The membership: `joined`, `invited` or `none`.
   * @example joined
   */
  state: 'joined' | 'invited' | 'none';
}

/** A page of operators. */
export class PlatformOperatorListDto {
  /** The operators of this page. */
  operators: PlatformUserSummaryDto[];

  /**
   * The `token` of the next page; empty on the last page.
   * @example ""
   */
  next: string;
}

/** The start of the history that a member sees. */
export class PlatformHistoryOffsetDto {
  /**
   * The time from which the member sees messages, in milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  ts_message_offset: number;
}
