import { ArrayMaxSize, IsObject, IsOptional, ValidateIf } from 'class-validator';
import { AreObjects, AreUserIds, IsUserId } from '../../../../protocols/platform/platform.fields.js';
import { AreHiddenStates, AreInvitationStates } from './chats.platform.validators.js';

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
