import { ArrayMaxSize, IsBoolean, IsObject, IsOptional, IsString, MaxLength, ValidateIf } from 'class-validator';
import { AreChannelUrls, AreObjects, AreUserIds, IsUserId } from '../../../../protocols/platform/platform.fields.js';
import { AreHiddenStates, AreInvitationStates } from './chats.platform.validators.js';

/** A user. */
export class PlatformUserIdDto {
  /**
   * The id of a person or a bot. At most 80 characters.
   * @example mia
   */
  @IsUserId()
  user_id: string;
}

/** A user that joins a channel. */
export class PlatformJoinDto extends PlatformUserIdDto {
  /**
   * The access code of the channel, if it has one. At most 128 characters.
   * @example sesame
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  access_code?: string;
}

/** The state of an invitation. Both invited states have the same meaning. */
export type PlatformInvitationState = 'joined' | 'invited_by_friend' | 'invited_by_non_friend';

/** A reference to a user by id. Further fields of a user resource are ignored. */
export class PlatformUserRefDto {
  /** The id of the user. @example mia */
  @IsUserId()
  user_id: string;
}

/** Users to add to a channel. */
export abstract class PlatformInviteesDto {
  /**
   * The ids of people and bots. At most 100. Required unless `users` is given.
   * @example ["mia","echo"]
   */
  @ValidateIf(({ users, user_ids }: PlatformInviteesDto) => users === undefined || user_ids !== undefined)
  @AreUserIds()
  user_ids?: string[];

  /** Users as objects with a `user_id`, instead of `user_ids`. At most 100. */
  @IsOptional()
  @AreObjects(() => PlatformUserRefDto)
  @ArrayMaxSize(100)
  users?: PlatformUserRefDto[];

  /**
   * The id of the inviter, who does not join. At most 80 characters.
   * @example mia
   */
  @IsOptional()
  @IsUserId()
  inviter_id?: string;

  /**
   * The requested states by user id: `joined`, `invited_by_friend` or `invited_by_non_friend`.
   * @example {"mia":"joined"}
   */
  @IsOptional()
  @IsObject()
  @AreInvitationStates()
  invitation_status?: Record<string, PlatformInvitationState>;

  /**
   * The initial hidden states by user id: `unhidden`, `hidden_allow_auto_unhide` or `hidden_prevent_auto_unhide` by user id.
   * @example {"mia":"unhidden"}
   */
  @IsOptional()
  @IsObject()
  @AreHiddenStates()
  hidden_status?: Record<string, string>;
}

/** Users to invite. */
export class PlatformInviteDto extends PlatformInviteesDto {}

/** Channels that a bot joins. */
export class PlatformBotJoinDto {
  /**
   * The URLs of the channels. The bot joins all of them or none. At most 100.
   * @example ["lunch"]
   */
  @AreChannelUrls()
  channel_urls: string[];
}

/** Selects the channels that a bot leaves. */
export class PlatformBotLeaveQueryDto {
  /**
   * The URL of the channel; all channels if absent. At most 100 characters.
   * @example lunch
   */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  channel_url?: string;
}

/** Users that leave a channel. */
export class PlatformLeaveDto {
  /**
   * The ids of the users. At most 100. Required unless `user_id` is given or `should_leave_all` is true.
   * @example ["mia"]
   */
  @ValidateIf(
    ({ user_ids, user_id, should_leave_all }: PlatformLeaveDto) =>
      user_ids !== undefined || (user_id === undefined && !should_leave_all),
  )
  @AreUserIds()
  user_ids?: string[];

  /**
   * The id of a single user: the older form of `user_ids`. At most 80 characters.
   * @example mia
   */
  @IsOptional()
  @IsUserId()
  user_id?: string;

  /** Removes all members. */
  @IsOptional()
  @IsBoolean()
  should_leave_all?: boolean = false;

  /** Accepted for compatibility and ignored. A leaving operator always loses the role. */
  @IsOptional()
  @IsBoolean()
  should_remove_operator_status?: boolean = false;

  /**
   * The reason. Accepted for compatibility and ignored. At most 250 characters.
   * @example ""
   */
  @IsOptional()
  @IsString()
  @MaxLength(250)
  reason?: string = '';
}

/** Members to make operators. */
export class PlatformOperatorsDto {
  /**
   * The ids of the members. At most 100.
   * @example ["mia"]
   */
  @AreUserIds()
  operator_ids: string[];
}

/** Operators to remove. */
export class PlatformRemoveOperatorsQueryDto {
  /**
   * The ids of the operators, separated by commas. At most 100. Required unless `delete_all` is true.
   * @example ["mia"]
   */
  @ValidateIf(
    ({ operator_ids, delete_all }: PlatformRemoveOperatorsQueryDto) => operator_ids !== undefined || !delete_all,
  )
  @AreUserIds()
  operator_ids?: string[];

  /** Removes all operators. */
  @IsOptional()
  @IsBoolean()
  delete_all?: boolean = false;
}

/** Hides a channel from members' lists. */
export class PlatformHideDto {
  /**
   * The id of a member. Required unless `should_hide_all` is true. At most 80 characters.
   * @example mia
   */
  @ValidateIf(({ should_hide_all, user_id }: PlatformHideDto) => !should_hide_all || user_id !== undefined)
  @IsUserId()
  user_id?: string;

  /** Hides the channel from all members. */
  @IsOptional()
  @IsBoolean()
  should_hide_all?: boolean = false;

  /** Unhides the channel with the next message. */
  @IsOptional()
  @IsBoolean()
  allow_auto_unhide?: boolean = true;

  /** Resets the member's history too. */
  @IsOptional()
  @IsBoolean()
  hide_previous_messages?: boolean = false;
}

/** Unhides a channel in members' lists. */
export class PlatformUnhideQueryDto {
  /**
   * The id of a member. Required unless `should_unhide_all` is true. At most 80 characters.
   * @example mia
   */
  @ValidateIf(({ should_unhide_all, user_id }: PlatformUnhideQueryDto) => !should_unhide_all || user_id !== undefined)
  @IsUserId()
  user_id?: string;

  /** Unhides the channel for all members. */
  @IsOptional()
  @IsBoolean()
  should_unhide_all?: boolean = false;
}

/** Resets the history of members. */
export class PlatformResetHistoryDto {
  /**
   * The id of a member. Required unless `reset_all` is true. At most 80 characters.
   * @example mia
   */
  @ValidateIf(({ reset_all, user_id }: PlatformResetHistoryDto) => !reset_all || user_id !== undefined)
  @IsUserId()
  user_id?: string;

  /** Resets the history of all members. */
  @IsOptional()
  @IsBoolean()
  reset_all?: boolean = false;
}

/** Typing members. */
export class PlatformTypingDto {
  /**
   * The ids of members: people and bots. At most 100.
   * @example ["echo"]
   */
  @AreUserIds()
  user_ids: string[];
}
