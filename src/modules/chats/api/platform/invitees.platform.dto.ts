import { ArrayMaxSize, IsObject, IsOptional, ValidateIf } from 'class-validator';
import { AreObjects, AreUserIds, IsUserId } from '../../../../protocols/platform/platform.fields.js';
import { AreHiddenStates, AreInvitationStates } from './chats.platform.validators.js';

/** How an invitation stands. Both of the invited ones mean the same here. */
export type PlatformInvitationState = 'joined' | 'invited_by_friend' | 'invited_by_non_friend';

/** A user, named by its id; a whole user resource is as good. */
export class PlatformUserRefDto {
  /** @example mia */
  @IsUserId()
  user_id: string;
}

/** Who comes into a channel, and how. */
export abstract class PlatformInviteesDto {
  /**
   * The ids of those who come in: people and bots. At most 100. Required unless `users` is given.
   * @example ["mia","echo"]
   */
  @ValidateIf(({ users, user_ids }: PlatformInviteesDto) => users === undefined || user_ids !== undefined)
  @AreUserIds()
  user_ids?: string[];

  /** The same as objects with a `user_id`, instead of `user_ids`. At most 100. */
  @IsOptional()
  @AreObjects(() => PlatformUserRefDto)
  @ArrayMaxSize(100)
  users?: PlatformUserRefDto[];

  /**
   * Who invites them. Does not join by that. At most 80 characters.
   * @example mia
   */
  @IsOptional()
  @IsUserId()
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
