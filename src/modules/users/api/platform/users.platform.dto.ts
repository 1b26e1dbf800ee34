import { IsBoolean } from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';

/** A user as it appears within other things: the sender of a message, the creator of a channel. */
export class PlatformUserSummaryDto {
  /** @example mia */
  user_id: string;

  /** @example Mia */
  nickname: string;

  /** @example "" */
  profile_url: string;

  /**
   * The operator's notes on the user: strings by their names.
   * @example {"colour":"red"}
   */
  metadata: Record<string, string>;

  /**
   * Whether the user is activated.
   * @example true
   */
  is_active: boolean;

  /**
   * Always false: pictures need no authentication.
   * @example false
   */
  require_auth_for_profile_image: boolean;
}

/** A person, or the user that a bot is. */
export class PlatformUserDto {
  /** @example mia */
  user_id: string;

  /** @example Mia */
  nickname: string;

  /** @example "" */
  profile_url: string;

  /**
   * With which the user's own client logs in; empty if none was issued, or for an API token without the scope `users:token`.
   * @example ""
   */
  access_token: string;

  /**
   * Whether the user is activated.
   * @example true
   */
  is_active: boolean;

  /**
   * Always false: presence is not kept.
   * @example false
   */
  is_online: boolean;

  /**
   * Always true.
   * @example true
   */
  is_created: boolean;

  /**
   * Always empty.
   * @example ""
   */
  phone_number: string;

  /**
   * Milliseconds since 1970; -1 for never.
   * @example -1
   */
  @ApiInt()
  last_seen_at: number;

  /**
   * Keys by which friends find the user.
   * @example []
   */
  discovery_keys: string[];

  /**
   * The languages that the user reads.
   * @example ["en"]
   */
  preferred_languages: string[];

  /**
   * Whether the user was ever seen.
   * @example false
   */
  has_ever_logged_in: boolean;

  /**
   * Always false: pictures need no authentication.
   * @example false
   */
  require_auth_for_profile_image: boolean;

  /**
   * Always empty.
   * @example []
   */
  session_tokens: string[];

  /**
   * The operator's notes on the user: at most 5 strings by their names.
   * @example {"colour":"red"}
   */
  metadata: Record<string, string>;

  /**
   * Seconds since 1970.
   * @example 1790000000
   */
  @ApiInt()
  created_at: number;

  /**
   * Always false.
   * @example false
   */
  is_hide_me_from_friends: boolean;

  /**
   * Always false.
   * @example false
   */
  is_shadow_blocked: boolean;

  /**
   * Always empty.
   * @example ""
   */
  locale: string;
}

/** A page of users. */
export class PlatformUserListDto {
  users: PlatformUserDto[];

  /**
   * The `token` of the next page; empty on the last one.
   * @example ""
   */
  next: string;
}

/** With which the user's own client is let in. */
export class PlatformSessionTokenDto {
  /** @example eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln */
  token: string;

  /**
   * Milliseconds since 1970.
   * @example 4102444800000
   */
  @ApiInt()
  expires_at: number;
}

/** What a user does when it is invited. */
export class PlatformInvitationPreferenceDto {
  /**
   * Whether it joins at once.
   * @example true
   */
  @IsBoolean()
  auto_accept: boolean;
}
