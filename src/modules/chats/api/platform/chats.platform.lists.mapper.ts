import type { Position, PageRequest } from '../../../../protocols/platform/platform.paging.js';
import type { GroupFilter, GroupOrder } from '../../chat-queries.repository.js';
import type { HiddenState, MemberState } from '../../member.entity.js';
import type { PlatformChannelFilterDto } from './chats.platform.lists.dto.js';
import type { PlatformMyChannelsQueryDto } from './users-chats.platform.dto.js';
import type { ChannelOptions } from './chats.platform.mapper.js';

const ORDERS: Readonly<Record<NonNullable<PlatformChannelFilterDto['order']>, GroupOrder>> = {
  chronological: 'created',
  latest_last_message: 'lastMessage',
  channel_name_alphabetical: 'title',
  metadata_value_alphabetical: 'metadata',
};

const HIDDEN: Readonly<Record<string, HiddenState[] | undefined>> = {
  unhidden_only: ['unhidden'],
  hidden_only: ['hidden_allow_auto_unhide', 'hidden_prevent_auto_unhide'],
  hidden_allow_auto_unhide: ['hidden_allow_auto_unhide'],
  hidden_prevent_auto_unhide: ['hidden_prevent_auto_unhide'],
};

/** The name of a list in its page tokens. Each order has its own name. */
export const listName = (list: string, { order, metadata_order_key = '' }: PlatformChannelFilterDto): string =>
  `${list}:${order}:${metadata_order_key}`;

const readGroupPosition = (position: Position | undefined): GroupFilter['after'] =>
  position && [position[0], String(position[1])];

export const toGroupFilter = (query: PlatformChannelFilterDto, { after, limit }: PageRequest): GroupFilter => ({
  order: ORDERS[query.order!],
  orderKey: query.metadata_order_key,
  after: readGroupPosition(after),
  limit,
  isDistinct: isOrNot(query.distinct_mode, 'distinct'),
  isPublic: isOrNot(query.public_mode, 'public'),
  isSuper: isOrNot(query.super_mode, 'super'),
  withMessages: !query.show_empty,
  notFrozen: query.show_frozen === false,
  ids: query.channel_urls,
  customTypes: query.custom_types?.includes('*') ? undefined : query.custom_types,
  customTypePrefix: query.custom_type_startswith,
  title: query.name,
  titlePart: query.name_contains,
  titlePrefix: query.name_startswith,
  createdAfter: toDate(query.created_after),
  createdBefore: toDate(query.created_before),
  metadata: query.metadata_key
    ? { key: query.metadata_key, values: query.metadata_values, prefix: query.metadata_value_startswith }
    : undefined,
  membersExactly: query.members_exactly_in,
  membersInclude: query.members_include_in && { ids: query.members_include_in, all: query.query_type === 'AND' },
  memberNicknames: query.members_nickname,
  memberNicknamePart: query.members_nickname_contains,
  memberNicknamePrefix: query.members_nickname_startswith,
});

export function toMyGroupFilter(userId: string, query: PlatformMyChannelsQueryDto, slice: PageRequest): GroupFilter {
  return {
    ...toGroupFilter(query, slice),
    ...(query.search_query && query.search_fields === 'channel_name' ? { titlePart: query.search_query } : {}),
    ...(query.search_query && query.search_fields === 'member_nickname'
      ? { memberNicknamePart: query.search_query }
      : {}),
    member: {
      userId,
      state: toMemberState(query.member_state_filter),
      hidden: HIDDEN[query.hidden_mode!],
      unread: query.unread_filter === 'unread_message',
    },
  };
}

export const toListOptions = (query: PlatformChannelFilterDto, viewerId?: string): ChannelOptions => ({
  showMembers: query.show_member || query.member,
  showReadReceipt: query.show_read_receipt || query.read_receipt,
  showDeliveryReceipt: query.show_delivery_receipt,
  showMetadata: query.show_metadata,
  viewerId,
});

/** @returns undefined for `all` */
export function toMemberState(filter: string | undefined): MemberState | undefined {
  if (filter === 'all') return undefined;
  return filter === 'joined_only' ? 'joined' : 'invited';
}

/** @returns undefined for `all` */
export const isOrNot = (mode: string | undefined, yes: string): boolean | undefined =>
  mode === undefined || mode === 'all' ? undefined : mode === yes;

const toDate = (seconds: number | undefined): Date | undefined =>
  seconds === undefined ? undefined : new Date(seconds * 1000);
