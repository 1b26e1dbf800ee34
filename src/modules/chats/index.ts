export { ChatEntity, type ChatKind } from './chat.entity.js';
export { type ChatEventDetails, ChatEventEntity, type ChatEventType } from './chat-event.entity.js';
export { ChatEraser } from './chat-eraser.js';
export { MemberStateService } from './member-state.service.js';
export { ChatQueries, type ChatsMembers } from './chat-queries.js';
export type { GroupFilter, GroupOrder } from './chat-queries.repository.js';
export { backlogFull, chatFrozen, chatNotFound, noRight, notAMember, readOnly } from './chat.errors.js';
export {
  ChatCleared,
  ChatImageChanged,
  ChatsPending,
  ChatsRemoved,
  type EndedMembership,
  MembersJoined,
  MembersLeft,
} from './chat.events.js';
export {
  nextEntry,
  groupByPosition,
  ChatLog,
  positionColumns,
  type ChatLogEntryPosition,
  type ChatLogHead,
  type ChatLogPosition,
  type NewChatEvent,
} from './chat-log.js';
export { ChatLogClock } from './chat-log-clock.js';
export type { Membership, ReadMark, Sender } from './chats.repository.js';
export { ChatsModule } from './chats.module.js';
export { ChatsService, MAX_PERSONAL_CHATS } from './chats.service.js';
export { type ChatRole, canManage, roleOf } from './chat-roles.js';
export type { CreateGroup } from './group-factory.js';
export { GroupsService, type UpdateGroup } from './groups.service.js';
export { type HiddenState, MemberEntity, type MemberRole, type MemberState } from './member.entity.js';
export { MemberChatsService } from './member-chats.service.js';
export type { Invite } from './invitees.js';
export { MembershipsService } from './memberships.service.js';
export { isLiveChat, isLiveEntry, isLiveMessage, isNotErased } from './deleted-chats.js';
