import { ChatEntity } from './chat.entity.js';

/** A chat without members. */
export function newChat(fields: Pick<ChatEntity, 'id' | 'kind'> & Partial<ChatEntity>, now = new Date()): ChatEntity {
  const defaults: Omit<ChatEntity, 'id' | 'kind'> = {
    userId: null,
    botId: null,
    title: '',
    coverUrl: '',
    customType: '',
    data: '',
    isDistinct: false,
    isPublic: false,
    isSuper: false,
    isEphemeral: false,
    isFrozen: false,
    accessCode: '',
    metadata: {},
    distinctKey: null,
    createdById: null,
    lastSeq: 0,
    startSeq: 0,
    num: null,
    lastAt: now,
    messageCount: 0,
    dispatchedSeq: 0,
    isBacklogged: false,
    pendingSince: null,
    createdAt: now,
  };
  return Object.assign(new ChatEntity(), defaults, fields);
}

/** The distinct key of a user's favorites chat. */
export const favoritesKey = (userId: string): string => `favorites:${userId}`;
