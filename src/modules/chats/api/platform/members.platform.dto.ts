import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { Type } from 'class-transformer';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformPageQueryDto } from '../../../../protocols/platform/platform.paging.dto.js';
import { PlatformUserSummaryDto } from '../../../users/api/platform/users.platform.dto.js';
import { PlatformMemberDto } from './channel-parts.platform.dto.js';
import { type PlatformInvitationState, PlatformUserRefDto } from './chats.platform.requests.dto.js';
import { AreHiddenStates, AreInvitationStates } from './chats.platform.validators.js';

/** One user. */
export class PlatformUserIdDto {
  /**
   * A person or a bot. At most 80 characters.
   * @example mia
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  user_id: string;
}

/** One user, who comes in. */
export class PlatformJoinDto extends PlatformUserIdDto {
  /**
   * What a public channel with an access code asks for. At most 128 characters.
   * @example sesame
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  access_code?: string;
}

/** Users to be invited. */
export class PlatformInviteDto {
  /**
   * Their ids: people and bots. At most 100. Required unless `users` is given.
   * @example ["mia","echo"]
   */
  @ValidateIf(({ users, user_ids }: PlatformInviteDto) => users === undefined || user_ids !== undefined)
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  user_ids?: string[];

  /** The same as objects with a `user_id`, instead of `user_ids`. At most 100. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => PlatformUserRefDto)
  users?: PlatformUserRefDto[];

  /**
   * Who invites them. At most 80 characters.
   * @example mia
   */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  inviter_id?: string;

  /**
   * Who joins at once, and who is invited only: `joined`, `invited_by_friend` or `invited_by_non_friend` by user id.
   * @example {"mia":"joined"}
   */
  @IsOptional()
  @IsObject()
  @AreInvitationStates()
  invitation_status?: Record<string, PlatformInvitationState>;

  /**
   * Who does not see the channel in its list: `unhidden`, `hidden_allow_auto_unhide` or `hidden_prevent_auto_unhide` by user id.
   * @example {"mia":"unhidden"}
   */
  @IsOptional()
  @IsObject()
  @AreHiddenStates()
  hidden_status?: Record<string, string>;
}

/** Channels that a bot shall join. */
export class PlatformBotJoinDto {
  /**
   * All of them, or none. At most 100.
   * @example ["lunch"]
   */
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(100, { each: true })
  channel_urls: string[];
}

/** Which channels a bot leaves. */
export class PlatformBotLeaveQueryDto {
  /**
   * Only this one; all if absent.
   * @example lunch
   */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  channel_url?: string;
}

/** Who leaves a channel. */
export class PlatformLeaveDto {
  /**
   * Their ids. At most 100. Required unless `user_id` is given or all leave.
   * @example ["mia"]
   */
  @ValidateIf(
    ({ user_ids, user_id, should_leave_all }: PlatformLeaveDto) =>
      user_ids !== undefined || (user_id === undefined && !should_leave_all),
  )
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  user_ids?: string[];

  /**
   * The older form of `user_ids`, for one user. At most 80 characters.
   * @example mia
   */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  user_id?: string;

  /** Whether all members leave. */
  @IsOptional()
  @IsBoolean()
  should_leave_all?: boolean = false;

  /** Accepted for the sake of existing clients: who leaves is no operator any more. */
  @IsOptional()
  @IsBoolean()
  should_remove_operator_status?: boolean = false;

  /**
   * Why they leave. Accepted for the sake of existing clients.
   * @example ""
   */
  @IsOptional()
  @IsString()
  @MaxLength(250)
  reason?: string = '';
}

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

/** Members that become operators. */
export class PlatformOperatorsDto {
  /**
   * Their ids. At most 100.
   * @example ["mia"]
   */
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  operator_ids: string[];
}

/** Operators that are none any more. */
export class PlatformRemoveOperatorsQueryDto {
  /**
   * Their ids, separated by commas. At most 100.
   * @example ["mia"]
   */
  @ValidateIf(
    ({ operator_ids, delete_all }: PlatformRemoveOperatorsQueryDto) => operator_ids !== undefined || !delete_all,
  )
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  operator_ids?: string[];

  /** Whether all of them. */
  @IsOptional()
  @IsBoolean()
  delete_all?: boolean = false;
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

/** How a channel is hidden from a member's list. */
export class PlatformHideDto {
  /**
   * A member of the channel. Required unless `should_hide_all` is true. At most 80 characters.
   * @example mia
   */
  @ValidateIf(({ should_hide_all, user_id }: PlatformHideDto) => !should_hide_all || user_id !== undefined)
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  user_id?: string;

  /** Whether it is hidden from all members. */
  @IsOptional()
  @IsBoolean()
  should_hide_all?: boolean = false;

  /** Whether a new message brings it back. */
  @IsOptional()
  @IsBoolean()
  allow_auto_unhide?: boolean = true;

  /** Whether the member's history of the channel is reset too. */
  @IsOptional()
  @IsBoolean()
  hide_previous_messages?: boolean = false;
}

/** Who no longer hides a channel. */
export class PlatformUnhideQueryDto {
  /**
   * A member of the channel. Required unless `should_unhide_all` is true. At most 80 characters.
   * @example mia
   */
  @ValidateIf(({ should_unhide_all, user_id }: PlatformUnhideQueryDto) => !should_unhide_all || user_id !== undefined)
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  user_id?: string;

  /** Whether all members see the channel again. */
  @IsOptional()
  @IsBoolean()
  should_unhide_all?: boolean = false;
}

/** Whose history is reset. */
export class PlatformResetHistoryDto {
  /**
   * A member of the channel. Required unless `reset_all` is true. At most 80 characters.
   * @example mia
   */
  @ValidateIf(({ reset_all, user_id }: PlatformResetHistoryDto) => !reset_all || user_id !== undefined)
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  user_id?: string;

  /** Whether the history of all members is reset. */
  @IsOptional()
  @IsBoolean()
  reset_all?: boolean = false;
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

/** Who types. */
export class PlatformTypingDto {
  /**
   * Members of the channel: people and bots. At most 100.
   * @example ["echo"]
   */
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  user_ids: string[];
}
