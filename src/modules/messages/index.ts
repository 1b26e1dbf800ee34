export type {
  CallbackEvent,
  CallbackRenderer,
  MembershipCallbackEvent,
  MembershipCallbackRenderer,
} from './callback-event.js';
export {
  type ReplyAction,
  type ForwardedMessage,
  HiddenMessageEntity,
  type MentionType,
  MessageEntity,
  type MessageExtras,
  type MessageKind,
  type MessageMarkup,
  type SurveyInvitation,
} from './message.entity.js';
export { HistoryService } from './history.service.js';
export { MessageEditor } from './message-editor.js';
export { HistoryCleared, MessageHidden, MessagesEdited, MessagesRemoved, MessagesSent } from './message.events.js';
export type {
  AroundQuery,
  EditMessage,
  MessagePage,
  MessageReferences,
  PageQuery,
  SendLimits,
  SendMessage,
} from './message.types.js';
export { isAddressed } from './message-visibility.js';
export { FileAccessService } from './file-access.service.js';
export { MessagesModule } from './messages.module.js';
export { MessagesService } from './messages.service.js';
export { ChatFeed, type FeedBatch, type FeedEntry } from './feed/chat-feed.js';
export { type Draft, type DraftEnd, DraftsService } from './drafts/drafts.service.js';
export { type DraftWriter } from './drafts/draft-writer.js';
export { PresenceService } from './presence.service.js';
export { chatTopic } from './viewer-notifier.js';
export { ReadReceiptsService } from './read-receipts.service.js';
export type { UnreadCount } from './read-receipts.repository.js';
