import { toMillis, toSeconds } from '../../../../protocols/platform/platform.time.js';
import type { PlatformMessageDto } from '../../../messages/api/platform/messages.platform.dto.js';
import { toUserSummary } from '../../../users/api/platform/users.platform.mapper.js';
import type { UserEntity } from '../../../users/index.js';
import type { ChatEntity } from '../../chat.entity.js';
import type { CreateGroup } from '../../group-factory.js';
import type { UpdateGroup } from '../../groups.service.js';
import type { Invite } from '../../invitees.js';
import type { HiddenState, MemberEntity, MemberState } from '../../member.entity.js';
import type { MembersSummary } from '../../members.repository.js';
import type { PlatformMemberDto } from './channel-parts.platform.dto.js';
import type { PlatformChannelDto, PlatformJoinedChannelsDto } from './chats.platform.dto.js';
import type {
  PlatformCreateChannelDto,
  PlatformUpdateChannelDto,
  PlatformViewChannelQueryDto,
} from './chats.platform.requests.dto.js';
import type { PlatformInvitationState, PlatformInviteDto } from './members.platform.requests.dto.js';

/** The value for "no limit" and "never". */
const NONE = -1;

/** Optional parts of a channel view. */
export interface ChannelOptions {
  /** Not in a list: includes the summary and the operators. */
  single?: boolean;
  showMembers?: boolean;
  showReadReceipt?: boolean;
  showDeliveryReceipt?: boolean;
  showMetadata?: boolean;
  /** Only activated members, or only deactivated ones. */
  membersActive?: boolean;
  /** The user whose view is included. */
  viewerId?: string;
}

/** The data of a channel view. */
export interface ChannelViewData {
  chat: ChatEntity;
  summary: MembersSummary | undefined;
  /** Empty unless members or receipts are included. */
  members: readonly MemberEntity[];
  operatorIds: readonly string[];
  /** The membership of the viewer. */
  viewer: MemberEntity | undefined;
  users: ReadonlyMap<string, UserEntity>;
  unreadCount: number;
  mentionCount: number;
  lastMessage: PlatformMessageDto | null;
}

export function toPlatformChannel(data: ChannelViewData, options: ChannelOptions): PlatformChannelDto {
  const { chat, members, users } = data;
  const creator = chat.createdById === null ? undefined : users.get(chat.createdById);
  const summary = {
    channel_url: chat.id,
    name: chat.title,
    cover_url: chat.coverUrl,
    custom_type: chat.customType,
    data: chat.data,
    created_at: toSeconds(chat.createdAt),
    member_count: data.summary?.count ?? 0,
    max_length_message: NONE,
  };
  return {
    ...summary,
    ...(creator ? { created_by: toUserSummary(creator) } : {}),
    freeze: chat.isFrozen,
    is_distinct: chat.isDistinct,
    is_public: chat.isPublic,
    is_super: chat.isSuper,
    is_broadcast: false,
    is_exclusive: false,
    is_ephemeral: chat.isEphemeral,
    is_discoverable: chat.isPublic,
    is_access_code_required: chat.accessCode !== '',
    ignore_profanity_filter: false,
    message_survival_seconds: NONE,
    disappearing_message: { message_survival_seconds: NONE, is_triggered_by_message_read: false },
    sms_fallback: { wait_seconds: NONE, exclude_user_ids: [] },
    joined_member_count: data.summary?.joinedCount ?? 0,
    unread_message_count: data.unreadCount,
    unread_mention_count: data.mentionCount,
    has_bot: data.summary?.hasBot ?? false,
    has_ai_bot: data.summary?.hasAiBot ?? false,
    last_message: data.lastMessage,
    ...(options.showMembers ? { members: toMembers(data, options) } : {}),
    ...(options.showReadReceipt ? { read_receipt: toReceipt(members, ({ readAt }) => readAt) } : {}),
    ...(options.showDeliveryReceipt ? { delivery_receipt: toReceipt(members, deliveredAt) } : {}),
    ...(options.showMetadata ? { metadata: chat.metadata } : {}),
    ...(options.single
      ? { channel: summary, operators: data.operatorIds.flatMap((id) => toSummaries(users.get(id))) }
      : {}),
    ...(options.viewerId === undefined ? {} : toViewerFields(data)),
  };
}

export const toJoinedChannels = (channels: PlatformChannelDto[]): PlatformJoinedChannelsDto => ({
  ...channels[0],
  channels,
});

function toMembers({ members, users }: ChannelViewData, options: ChannelOptions): PlatformMemberDto[] {
  return members.flatMap((member) => {
    const user = users.get(member.userId);
    if (!user || (options.membersActive !== undefined && user.isActive !== options.membersActive)) return [];
    return [toMember(member, user, options)];
  });
}

export function toMember(member: MemberEntity, user: UserEntity, options: ChannelOptions): PlatformMemberDto {
  return {
    user_id: user.id,
    nickname: user.nickname,
    profile_url: user.profileUrl,
    is_active: user.isActive,
    is_online: false,
    last_seen_at: toMillis(user.lastSeenAt, NONE),
    metadata: user.metadata,
    role: member.role === 'operator' ? 'operator' : 'none',
    state: member.state,
    is_muted: false,
    muted_end_at: NONE,
    muted_description: '',
    require_auth_for_profile_image: false,
    ...(options.showReadReceipt ? { read_ts: toMillis(member.readAt) } : {}),
    ...(options.showDeliveryReceipt ? { delivered_ts: toMillis(deliveredAt(member)) } : {}),
  };
}

/** Reading implies delivery. */
const deliveredAt = ({ readAt, deliveredAt: at }: MemberEntity): Date | null =>
  readAt && (!at || readAt > at) ? readAt : at;

const toReceipt = (
  members: readonly MemberEntity[],
  timeOf: (member: MemberEntity) => Date | null,
): Record<string, number> =>
  Object.fromEntries(
    members.filter(({ state }) => state === 'joined').map((member) => [member.userId, toMillis(timeOf(member))]),
  );

function toViewerFields({ viewer, users }: ChannelViewData): Partial<PlatformChannelDto> {
  const inviter = viewer?.inviterId ? users.get(viewer.inviterId) : undefined;
  return {
    member_state: viewer?.state ?? 'none',
    my_role: viewer?.role === 'operator' ? 'operator' : 'none',
    joined_ts: viewer?.joinedAt ? toSeconds(viewer.joinedAt) : 0,
    invited_at: toMillis(viewer?.invitedAt ?? null),
    ...(inviter ? { inviter: toUserSummary(inviter) } : {}),
    hidden_state: viewer?.hiddenState ?? 'unhidden',
    is_hidden: (viewer?.hiddenState ?? 'unhidden') !== 'unhidden',
    is_muted: false,
    is_push_enabled: true,
    push_trigger_option: 'all',
    count_preference: 'all',
    ts_message_offset: toMillis(viewer?.historyFrom ?? null),
    user_last_read: toMillis(viewer?.readAt ?? null),
  };
}

export const toSummaries = (user: UserEntity | undefined) => (user ? [toUserSummary(user)] : []);

export const toInvite = (body: PlatformInviteDto): Invite => ({
  userIds: [...(body.user_ids ?? []), ...(body.users ?? []).map(({ user_id }) => user_id)],
  inviterId: body.inviter_id,
  memberStates: toMemberStates(body.invitation_status ?? {}),
  hiddenStates: body.hidden_status as Record<string, HiddenState> | undefined,
});

const toMemberStates = (states: Record<string, PlatformInvitationState>): Record<string, MemberState> =>
  Object.fromEntries(Object.entries(states).map(([id, state]) => [id, state === 'joined' ? 'joined' : 'invited']));

export const toCreateGroup = (body: PlatformCreateChannelDto): CreateGroup => ({
  ...toInvite(body),
  id: body.channel_url,
  title: body.name!,
  coverUrl: body.cover_url,
  customType: body.custom_type,
  data: body.data,
  isDistinct: body.is_distinct,
  isPublic: body.is_public,
  isSuper: body.is_super,
  isEphemeral: body.is_ephemeral,
  accessCode: body.access_code,
  operatorIds: body.operator_ids,
  strict: body.strict,
});

export const toUpdateGroup = (body: PlatformUpdateChannelDto): UpdateGroup => ({
  title: body.name,
  coverUrl: body.cover_url,
  customType: body.custom_type,
  data: body.data,
  isDistinct: body.is_distinct,
  isPublic: body.is_public,
  isEphemeral: body.is_ephemeral,
  accessCode: body.access_code,
  operatorIds: body.operator_ids,
});

export const toChannelOptions = (query: PlatformViewChannelQueryDto): ChannelOptions => ({
  single: true,
  showMembers: query.show_member,
  showReadReceipt: query.show_read_receipt,
  showDeliveryReceipt: query.show_delivery_receipt,
  membersActive: query.member_active_mode === 'all' ? undefined : query.member_active_mode === 'activated',
  viewerId: query.user_id || undefined,
});
