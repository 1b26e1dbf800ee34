import type { Invite } from '../../invitees.js';
import type { HiddenState, MemberState } from '../../member.entity.js';
import type { PlatformInvitationState } from './invitees.platform.dto.js';
import type { PlatformInviteDto } from './members.platform.requests.dto.js';

export const toInvite = (body: PlatformInviteDto): Invite => ({
  userIds: [...(body.user_ids ?? []), ...(body.users ?? []).map(({ user_id }) => user_id)],
  inviterId: body.inviter_id,
  memberStates: toMemberStates(body.invitation_status ?? {}),
  hiddenStates: body.hidden_status as Record<string, HiddenState> | undefined,
});

const toMemberStates = (states: Record<string, PlatformInvitationState>): Record<string, MemberState> =>
  Object.fromEntries(Object.entries(states).map(([id, state]) => [id, state === 'joined' ? 'joined' : 'invited']));
