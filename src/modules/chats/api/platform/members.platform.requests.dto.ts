import { IsBoolean, IsOptional, IsString, MaxLength, ValidateIf } from 'class-validator';
import { AreChannelUrls, AreUserIds, IsUserId } from '../../../../protocols/platform/platform.fields.js';
import { PlatformInviteesDto } from './invitees.platform.dto.js';

/** One user. */
export class PlatformUserIdDto {
  /**
   * A person or a bot. At most 80 characters.
   * @example mia
   */
  @IsUserId()
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
export class PlatformInviteDto extends PlatformInviteesDto {}

/** Channels that a bot shall join. */
export class PlatformBotJoinDto {
  /**
   * All of them, or none. At most 100.
   * @example ["lunch"]
   */
  @AreChannelUrls()
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
  @AreUserIds()
  user_ids?: string[];

  /**
   * The older form of `user_ids`, for one user. At most 80 characters.
   * @example mia
   */
  @IsOptional()
  @IsUserId()
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

/** Members that become operators. */
export class PlatformOperatorsDto {
  /**
   * Their ids. At most 100.
   * @example ["mia"]
   */
  @AreUserIds()
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
  @AreUserIds()
  operator_ids?: string[];

  /** Whether all of them. */
  @IsOptional()
  @IsBoolean()
  delete_all?: boolean = false;
}

/** How a channel is hidden from a member's list. */
export class PlatformHideDto {
  /**
   * A member of the channel. Required unless `should_hide_all` is true. At most 80 characters.
   * @example mia
   */
  @ValidateIf(({ should_hide_all, user_id }: PlatformHideDto) => !should_hide_all || user_id !== undefined)
  @IsUserId()
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
  @IsUserId()
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
  @IsUserId()
  user_id?: string;

  /** Whether the history of all members is reset. */
  @IsOptional()
  @IsBoolean()
  reset_all?: boolean = false;
}

/** Who types. */
export class PlatformTypingDto {
  /**
   * Members of the channel: people and bots. At most 100.
   * @example ["echo"]
   */
  @AreUserIds()
  user_ids: string[];
}
