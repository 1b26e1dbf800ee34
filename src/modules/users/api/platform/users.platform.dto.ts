import { IsBoolean } from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';

/** The summary of a user in other resources, such as the sender of a message or the creator of a channel. */
export class PlatformUserSummaryDto {
  /** The id. @example mia */
  user_id: string;

  /** The nickname. @example Mia */
  nickname: string;

  /** The URL of the profile image; may be empty. @example "" */
  profile_url: string;

  /**
   * The metadata: strings by key.
   * @example {"colour":"red"}
   */
  metadata: Record<string, string>;

  /**
   * Whether the user is activated.
   * @example true
   */
  is_active: boolean;

  /**
   * Always false: images require no authentication.
   * @example false
   */
  require_auth_for_profile_image: boolean;
}

/** A person, or the user of a bot. */
export class PlatformUserDto {
  /** The id. @example mia */
  user_id: string;

  /** The nickname. @example Mia */
  nickname: string;

  /** The URL of the profile image; may be empty. @example "" */
  profile_url: string;

  /**
   * The access token for logins of the user's client. Empty if none was issued, or without the scope `users:token`.
   * @example ""
   */
  access_token: string;

  /**
   * Whether the user is activated.
   * @example true
   */
  is_active: boolean;

  /**
   * Always false: presence is not tracked.
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
   * The time when the user was last seen, in milliseconds since 1970; -1 for never.
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
   * Whether the user has been seen.
   * @example false
   */
  has_ever_logged_in: boolean;

  /**
   * Always false: images require no authentication.
   * @example false
   */
  require_auth_for_profile_image: boolean;

  /**
   * Always empty.
   * @example []
   */
  session_tokens: string[];

  /**
   * The metadata: at most 5 strings by key.
   * @example {"colour":"red"}
   */
  metadata: Record<string, string>;

  /**
   * The creation time, in seconds since 1970.
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
  /** The users of this page. */
  users: PlatformUserDto[];

  /**
   * The `token` of the next page; empty on the last page.
   * @example ""
   */
  next: string;
}

/** A session token of a user. */
export class PlatformSessionTokenDto {
  /** The token. @example eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln */
  token: string;

  /**
   * The expiry time, in milliseconds since 1970.
   * @example 4102444800000
   */
  @ApiInt()
  expires_at: number;
}

/** The reaction of a user to invitations. */
export class PlatformInvitationPreferenceDto {
  /**
   * Whether the user joins at once when invited.
   * @example true
   */
  @IsBoolean()
  auto_accept: boolean;
}
