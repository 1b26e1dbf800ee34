export type { CallbackEvent, CallbackRenderer } from './callback-event.js';
export { type MentionType, MessageEntity, type MessageExtras, type MessageKind } from './message.entity.js';
export { MessagesSent } from './message.events.js';
export type {
  AroundQuery,
  MessagePage,
  MessageSurroundings,
  PageQuery,
  SendLimits,
  SendMessage,
} from './message.types.js';
export { MessagesModule } from './messages.module.js';
export { MessagesService } from './messages.service.js';
export { chatTopic } from './viewer-notifier.js';
