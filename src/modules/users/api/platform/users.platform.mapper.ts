import { type Page, readCreationPosition, type PageRequest } from '../../../../protocols/platform/platform.paging.js';
import { fromMillis, toMillis, toSeconds } from '../../../../protocols/platform/platform.time.js';
import type { SessionToken } from '../../../auth/index.js';
import type { UserEntity } from '../../user.entity.js';
import type { UserFilter } from '../../users.repository.js';
import type { CreateUser, UpdateUser } from '../../users.service.js';
import type {
  PlatformInvitationPreferenceDto,
  PlatformSessionTokenDto,
  PlatformUserDto,
  PlatformUserListDto,
  PlatformUserSummaryDto,
} from './users.platform.dto.js';
import type {
  PlatformCreateUserDto,
  PlatformListUsersQueryDto,
  PlatformUpdateUserDto,
} from './users.platform.requests.dto.js';

const NEVER_SEEN = -1;

/** @param accessToken `""` for a user without one */
export function toPlatformUser(user: UserEntity, accessToken: string): PlatformUserDto {
  return {
    user_id: user.id,
    nickname: user.nickname,
    profile_url: user.profileUrl,
    access_token: accessToken,
    is_active: user.isActive,
    is_online: false,
    is_created: true,
    phone_number: '',
    last_seen_at: toMillis(user.lastSeenAt, NEVER_SEEN),
    discovery_keys: user.discoveryKeys,
    preferred_languages: user.preferredLanguages,
    has_ever_logged_in: user.lastSeenAt !== null,
    require_auth_for_profile_image: false,
    session_tokens: [],
    metadata: user.metadata,
    created_at: toSeconds(user.createdAt),
    is_hide_me_from_friends: false,
    is_shadow_blocked: false,
    locale: '',
  };
}

export const toUserList = (
  { items, next }: Page<UserEntity>,
  toDto: (user: UserEntity) => PlatformUserDto,
): PlatformUserListDto => ({ users: items.map(toDto), next });

export function toUserSummary(user: UserEntity): PlatformUserSummaryDto {
  return {
    user_id: user.id,
    nickname: user.nickname,
    profile_url: user.profileUrl,
    metadata: user.metadata,
    is_active: user.isActive,
    require_auth_for_profile_image: false,
  };
}

/** The summary of a deleted user, whose messages still contain its id. */
export function toDeletedUserSummary(id: string): PlatformUserSummaryDto {
  return {
    user_id: id,
    nickname: '',
    profile_url: '',
    metadata: {},
    is_active: false,
    require_auth_for_profile_image: false,
  };
}

export const toCreateUser = (body: PlatformCreateUserDto): CreateUser => ({
  id: body.user_id,
  kind: 'person',
  nickname: body.nickname,
  profileUrl: body.profile_url,
  metadata: body.metadata,
  discoveryKeys: body.discovery_keys,
  issueAccessToken: body.issue_access_token,
});

/** Absent fields of the body become undefined and stay unchanged. */
export const toUpdateUser = (body: PlatformUpdateUserDto): UpdateUser => ({
  nickname: body.nickname,
  profileUrl: body.profile_url,
  isActive: body.is_active,
  leaveWhenDeactivated: body.leave_all_when_deactivated,
  lastSeenAt: fromMillis(body.last_seen_at),
  issueAccessToken: body.issue_access_token,
  discoveryKeys: body.discovery_keys,
  preferredLanguages: body.preferred_languages,
});

export const toUserFilter = (query: PlatformListUsersQueryDto, { after, limit }: PageRequest): UserFilter => ({
  after: readCreationPosition(after),
  limit,
  isActive: query.active_mode === 'all' ? undefined : query.active_mode === 'activated',
  peopleOnly: query.show_bot === false,
  ids: query.user_ids,
  nickname: query.nickname,
  nicknamePrefix: query.nickname_startswith,
  metadata: query.metadatakey ? { key: query.metadatakey, values: query.metadatavalues_in } : undefined,
});

export const toSessionToken = ({ token, expiresAt }: SessionToken): PlatformSessionTokenDto => ({
  token,
  expires_at: toMillis(expiresAt),
});

export const toInvitationPreference = (user: UserEntity): PlatformInvitationPreferenceDto => ({
  auto_accept: user.acceptsInvitations,
});
