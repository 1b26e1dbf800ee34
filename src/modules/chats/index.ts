export { ChatEntity, type ChatKind } from './chat.entity.js';
export { ChatEventEntity, type ChatEventType } from './chat-event.entity.js';
export { chatNotFound, notAMember } from './chat.errors.js';
export { ChatsArmed, MembersJoined } from './chat.events.js';
export { append, ChatLog, type LogHead } from './chat-log.js';
export type { Membership, ReadMark } from './chats.repository.js';
export { ChatsModule } from './chats.module.js';
export { type ChatWithMembers, ChatsService, type CreateGroup, MAX_PERSONAL_CHATS } from './chats.service.js';
export { MemberEntity, type MemberRole, type MemberState } from './member.entity.js';
