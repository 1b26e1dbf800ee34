import type { ChatEntity } from './chat.entity.js';
import type { MemberRole } from './member.entity.js';

/**
 * What a member is in its chat. Whoever has opened a group or a channel owns it, as long as it is an operator there; the other
 * operators are its admins.
 */
export type ChatRole = 'owner' | 'admin' | 'writer' | 'user' | 'favorites_owner';

type RoleFacts = Pick<ChatEntity, 'kind' | 'createdById'>;

export function roleIn(
  { kind, createdById }: RoleFacts,
  { userId, role }: { userId: string; role: MemberRole },
): ChatRole {
  if (kind === 'favorites') return 'favorites_owner';
  if (role === 'operator') return createdById === userId ? 'owner' : 'admin';
  return role === 'writer' ? 'writer' : 'user';
}

/** Whether somebody with this role sees to who is in the chat, what it is called, and what others have said in it. */
export const mayRun = (role: ChatRole): boolean => role !== 'user' && role !== 'writer';
