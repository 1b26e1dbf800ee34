import type { ChatEntity } from './chat.entity.js';
import type { MemberRole } from './member.entity.js';

/**
 * The role of a member in its chat. The creator of a group or a channel is its owner while it is an operator; other operators are
 * admins.
 */
export type ChatRole = 'owner' | 'admin' | 'writer' | 'user' | 'favorites_owner';

type RoleSource = Pick<ChatEntity, 'kind' | 'createdById'>;

export function roleOf(
  { kind, createdById }: RoleSource,
  { userId, role }: { userId: string; role: MemberRole },
): ChatRole {
  if (kind === 'favorites') return 'favorites_owner';
  if (role === 'operator') return createdById === userId ? 'owner' : 'admin';
  return role === 'writer' ? 'writer' : 'user';
}

/** Whether the role may change the members, the title and the messages of others. */
export const canManage = (role: ChatRole): boolean => role !== 'user' && role !== 'writer';

/** Whether members may join, leave and be removed. */
export const isGroup = ({ kind }: Pick<ChatEntity, 'kind'>): boolean => kind === 'group' || kind === 'channel';
