import type { Page, PageRequest } from '../../../../protocols/platform/platform.paging.js';
import { toMillis } from '../../../../protocols/platform/platform.time.js';
import { toUserSummary } from '../../../users/api/platform/users.platform.mapper.js';
import type { SetHidden } from '../../member-state.service.js';
import type { MemberEntity } from '../../member.entity.js';
import type { ListedMember, MembersQuery } from '../../members.repository.js';
import { isOrNot, toMemberState } from './chats.platform.lists.mapper.js';
import { toMember } from './chats.platform.mapper.js';
import type {
  PlatformHistoryOffsetDto,
  PlatformListMembersQueryDto,
  PlatformMemberListDto,
  PlatformMembershipDto,
  PlatformOperatorListDto,
} from './members.platform.dto.js';
import type {
  PlatformHideDto,
  PlatformLeaveDto,
  PlatformRemoveOperatorsQueryDto,
  PlatformResetHistoryDto,
  PlatformUnhideQueryDto,
} from './members.platform.requests.dto.js';

/** @returns undefined for all */
export function toLeavingUserIds({ user_ids = [], user_id, should_leave_all }: PlatformLeaveDto): string[] | undefined {
  if (should_leave_all) return undefined;
  return user_id === undefined ? user_ids : [...user_ids, user_id];
}

/** @returns undefined for all */
export const toOperatorIds = ({
  operator_ids,
  delete_all,
}: PlatformRemoveOperatorsQueryDto): readonly string[] | undefined => (delete_all ? undefined : operator_ids);

export const toHide = (body: PlatformHideDto): SetHidden => ({
  userId: body.should_hide_all ? undefined : body.user_id,
  hiddenState: body.allow_auto_unhide ? 'hidden_allow_auto_unhide' : 'hidden_prevent_auto_unhide',
  resetHistory: body.hide_previous_messages,
});

export const toUnhide = ({ user_id, should_unhide_all }: PlatformUnhideQueryDto): SetHidden => ({
  userId: should_unhide_all ? undefined : user_id,
  hiddenState: 'unhidden',
});

/** @returns undefined for all */
export const toHistoryResetUserId = ({ user_id, reset_all }: PlatformResetHistoryDto): string | undefined =>
  reset_all ? undefined : user_id;

export const toHistoryOffset = (since: Date): PlatformHistoryOffsetDto => ({ ts_message_offset: toMillis(since) });

export const toMembersQuery = (
  chatId: string,
  query: PlatformListMembersQueryDto,
  { after, limit }: PageRequest,
): MembersQuery => ({
  chatId,
  order: query.order === 'operator_then_member_alphabetical' ? 'operatorsFirst' : 'nickname',
  after,
  limit,
  state: toMemberState(query.member_state_filter),
  isOperator: isOrNot(query.operator_filter, 'operator'),
  isActive: isOrNot(query.member_active_mode_filter, 'activated'),
  nicknamePrefix: query.nickname_startswith,
});

export const toOperatorsQuery = (chatId: string, { after, limit }: PageRequest): MembersQuery => ({
  chatId,
  order: 'nickname',
  after,
  limit,
  isOperator: true,
});

export function toMemberList(
  { items, next }: Page<ListedMember>,
  query: PlatformListMembersQueryDto,
): PlatformMemberListDto {
  const options = { showReadReceipt: query.show_read_receipt, showDeliveryReceipt: query.show_delivery_receipt };
  return { members: items.map(({ member, user }) => toMember(member, user, options)), next };
}

export const toOperatorList = ({ items, next }: Page<ListedMember>): PlatformOperatorListDto => ({
  operators: items.map(({ user }) => toUserSummary(user)),
  next,
});

export const toMembership = (member: MemberEntity | undefined): PlatformMembershipDto => ({
  is_member: member?.state === 'joined',
  state: member?.state ?? 'none',
});
