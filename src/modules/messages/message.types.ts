import type { FileEntity } from '../files/index.js';
import type { UserEntity } from '../users/index.js';
import type { MessageEntity, MessageExtras, MessageKind, MentionType } from './message.entity.js';

/** A command to send a message. */
export interface SendMessage {
  chatId: string;
  /** The sender. Null: an API credential. Other actors can only send as themselves. */
  senderId: string | null;
  /** The required kind of the sender; another kind counts as not found. Not checked if absent. */
  senderKind?: 'user' | 'bot';
  kind?: MessageKind;
  body: string;
  customType?: string;
  data?: string;
  mentionType?: MentionType;
  mentionedIds?: readonly string[];
  /** Files that are unknown or inaccessible to the sender are ignored. */
  attachmentIds?: readonly string[];
  /** The parent message, if this is a reply. */
  parentId?: string;
  /** The parent message by its integer. */
  parentNum?: number;
  extras?: MessageExtras;
  /** The same key of the same sender never creates a second message. */
  dedupKey?: string;
  /** Whether the sender has left the chat while the message was being written. */
  hasLeft?: boolean;
  /** Whether the sender has then read the chat up to this message; for a bot, only if its setting says so. */
  markAsRead?: boolean;
  limits?: SendLimits;
}

/** The message fields to change. Absent fields stay unchanged. */
export interface EditMessage {
  body?: string;
  customType?: string;
  data?: string;
  mentionType?: MentionType;
  mentionedIds?: readonly string[];
  extras?: MessageExtras | null;
  limits?: Pick<SendLimits, 'maxBodyBytes'>;
}

/** The limits of the protocol of the request, if it has any. */
export interface SendLimits {
  /** Bytes of UTF-8. */
  maxBodyBytes?: number;
  maxFiles?: number;
}

/** The existing entities that messages refer to, by id. */
export interface MessageReferences {
  /** Senders and mentioned users. */
  users: ReadonlyMap<string, UserEntity>;
  files: ReadonlyMap<string, FileEntity>;
  /** The parent messages. */
  parents: ReadonlyMap<string, MessageEntity>;
}

/** A page of a chat, counted from its newest message. */
export interface PageQuery {
  chatId: string;
  /** 1 is the newest page; lower numbers count as 1. */
  page: number;
  /** At most 1000; a negative number counts as 1000. */
  limit: number;
  senderId?: string;
  /** Only messages later than this time, in milliseconds since 1970; 0 for all. */
  since?: number;
}

export interface MessagePage {
  /** Oldest first. */
  messages: MessageEntity[];
  /** The number of matching messages. */
  total: number;
}

/** The messages around a point in time, or around a message. */
export interface AroundQuery {
  chatId: string;
  /** Milliseconds since 1970, or the integer of a message. */
  anchor: { at: number } | { num: number };
  /** The number of messages before and after. */
  before: number;
  after: number;
  /** Whether to include a message of exactly that time. */
  include: boolean;
  senderIds?: readonly string[];
  /** Only messages of operators of the chat, or only of others. */
  byOperators?: boolean;
  /** Whether to omit replies. */
  withoutReplies?: boolean;
  kind?: MessageKind;
  /** `""` stands for messages without one. */
  customTypes?: readonly string[];
  /** Only messages visible to this user. Actors other than API credentials never see more than their own view. */
  visibleTo?: string;
  /** Whether to include removed messages, without their text. */
  includeRemoved?: boolean;
}
