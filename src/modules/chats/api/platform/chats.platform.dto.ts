import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformMessageDto } from '../../../messages/api/platform/messages.platform.dto.js';
import { PlatformUserSummaryDto } from '../../../users/api/platform/users.platform.dto.js';
import { AreInvitationStates } from './chats.platform.validators.js';

/** How an invitation stands. Both of the invited ones mean the same here. */
export type PlatformInvitationState = 'joined' | 'invited_by_friend' | 'invited_by_non_friend';

/** A user, named by its id; a whole user resource is as good. */
export class PlatformUserRefDto {
  /** @example mia */
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  user_id: string;
}

/** A group channel to be created. */
export class PlatformCreateChannelDto {
  /**
   * The ids of the members: people and bots. At most 100. Required unless `users` is given.
   * @example ["mia","echo"]
   */
  @ValidateIf(({ users, user_ids }: PlatformCreateChannelDto) => users === undefined || user_ids !== undefined)
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  user_ids?: string[];

  /** The members as objects with a `user_id`, instead of `user_ids`. At most 100. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => PlatformUserRefDto)
  users?: PlatformUserRefDto[];

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

  @IsOptional()
  @IsBoolean()
  is_ephemeral?: boolean = false;

  /** What is asked of whoever joins. Only for public channels. At most 128 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  access_code?: string = '';

  /** Who invites the members. Does not join by that. At most 80 characters. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  inviter_id?: string;

  /** Which of the members are operators of the channel. At most 100. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  operator_ids?: string[];

  /** Whether unknown users are an error, instead of being left out. */
  @IsOptional()
  @IsBoolean()
  strict?: boolean = false;

  /**
   * Who joins at once, and who is invited only: `joined`, `invited_by_friend` or `invited_by_non_friend` by user id.
   * @example {"mia":"joined"}
   */
  @IsOptional()
  @IsObject()
  @AreInvitationStates()
  invitation_status?: Record<string, PlatformInvitationState>;
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

/** The few facts that single-channel answers repeat. */
export class PlatformChannelSummaryDto {
  /** @example lunch */
  channel_url: string;
  /** @example Lunch */
  name: string;
  cover_url: string;
  custom_type: string;
  data: string;
  /** Seconds since 1970. */
  @ApiInt()
  created_at: number;
  @ApiInt()
  member_count: number;
  @ApiInt()
  max_length_message: number;
}

/** A member of a channel. */
export class PlatformMemberDto {
  /** @example mia */
  user_id: string;
  /** @example Mia */
  nickname: string;
  profile_url: string;
  is_active: boolean;
  is_online: boolean;
  /** Milliseconds since 1970; -1 for never. */
  @ApiInt()
  last_seen_at: number;
  metadata: Record<string, string>;
  /** `none` or `operator`. */
  role: 'none' | 'operator';
  /** `joined` or `invited`. */
  state: 'joined' | 'invited';
  is_muted: boolean;
  @ApiInt()
  muted_end_at: number;
  muted_description: string;
  require_auth_for_profile_image: boolean;
  /** Milliseconds since 1970; 0 for never. Only if read receipts are asked for. */
  @ApiInt()
  read_ts?: number;
  /** Milliseconds since 1970; 0 for never. Only if delivery receipts are asked for. */
  @ApiInt()
  delivered_ts?: number;
}

/** How long messages live. */
export class PlatformDisappearingMessageDto {
  @ApiInt()
  message_survival_seconds: number;
  is_triggered_by_message_read: boolean;
}

/** Whom messages are sent to by SMS: nobody. */
export class PlatformSmsFallbackDto {
  @ApiInt()
  wait_seconds: number;
  exclude_user_ids: string[];
}

/** A group channel. */
export class PlatformChannelDto {
  /** @example lunch */
  channel_url: string;

  /** @example Lunch */
  name: string;

  cover_url: string;

  custom_type: string;

  data: string;

  /**
   * Seconds since 1970.
   * @example 1790000000
   */
  @ApiInt()
  created_at: number;

  /** Absent if nobody is known to have created it. */
  created_by?: PlatformUserSummaryDto;

  freeze: boolean;

  is_distinct: boolean;

  is_public: boolean;

  is_super: boolean;

  is_broadcast: boolean;

  is_exclusive: boolean;

  is_ephemeral: boolean;

  is_discoverable: boolean;

  is_access_code_required: boolean;

  ignore_profanity_filter: boolean;

  @ApiInt()
  message_survival_seconds: number;

  disappearing_message: PlatformDisappearingMessageDto;

  sms_fallback: PlatformSmsFallbackDto;

  @ApiInt()
  max_length_message: number;

  /**
   * Who has joined or is invited.
   * @example 2
   */
  @ApiInt()
  member_count: number;

  /** @example 2 */
  @ApiInt()
  joined_member_count: number;

  /** Of the user whose view is shown; 0 without one. */
  @ApiInt()
  unread_message_count: number;

  @ApiInt()
  unread_mention_count: number;

  /** @example true */
  has_bot: boolean;

  has_ai_bot: boolean;

  last_message: PlatformMessageDto | null;

  /** Only if asked for. */
  members?: PlatformMemberDto[];

  /** When each member has last read it, in milliseconds since 1970, by user id. Only if asked for. */
  read_receipt?: Record<string, number>;

  /** When each member has last got its messages, in milliseconds since 1970, by user id. Only if asked for. */
  delivery_receipt?: Record<string, number>;

  channel?: PlatformChannelSummaryDto;

  operators?: PlatformUserSummaryDto[];

  /** `joined`, `invited` or `none`; this and what follows only with `user_id`. */
  member_state?: 'joined' | 'invited' | 'none';

  my_role?: 'none' | 'operator';

  /** Seconds since 1970. */
  @ApiInt()
  joined_ts?: number;

  /** Milliseconds since 1970. */
  @ApiInt()
  invited_at?: number;

  inviter?: PlatformUserSummaryDto;

  hidden_state?: string;

  is_hidden?: boolean;

  is_muted?: boolean;

  is_push_enabled?: boolean;

  push_trigger_option?: string;

  count_preference?: string;

  @ApiInt()
  ts_message_offset?: number;

  /** Milliseconds since 1970; 0 for never. */
  @ApiInt()
  user_last_read?: number;
}
