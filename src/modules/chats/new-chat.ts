import { createHash } from 'node:crypto';
import { defaultsOf } from '../../core/database/entity-columns.js';
import { ChatEntity } from './chat.entity.js';
import { MemberEntity } from './member.entity.js';

/** A chat without members. */
export const newChat = (fields: Pick<ChatEntity, 'id' | 'kind'> & Partial<ChatEntity>, now = new Date()): ChatEntity =>
  Object.assign(new ChatEntity(), defaultsOf(ChatEntity), { lastAt: now, createdAt: now }, fields);

export const newMember = (
  fields: Pick<MemberEntity, 'chatId' | 'userId' | 'state'> & Partial<MemberEntity>,
): MemberEntity => Object.assign(new MemberEntity(), defaultsOf(MemberEntity), fields);

/** The distinct key of a user's favorites chat. */
export const favoritesKey = (userId: string): string => `favorites:${userId}`;

/** The key of a set of members and a custom type; the order of the members does not matter. */
export function distinctKeyOf(memberIds: readonly string[], customType: string): string {
  return createHash('sha256')
    .update(JSON.stringify([customType, [...memberIds].sort()]))
    .digest('base64url');
}
