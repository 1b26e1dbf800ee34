import type { FileEntity } from '../files/index.js';
import type { UserEntity } from '../users/index.js';
import type { MessageEntity, MessageExtras, MessageKind, MentionType } from './message.entity.js';

/** A wish to say something in a chat. */
export interface SendMessage {
  chatId: string;
  /** Who speaks. Null: the operator. Whoever is not the operator can only speak in its own name. */
  senderId: string | null;
  /** What the sender has to be; anything else is no such user, or no such bot. Not asked if absent. */
  senderKind?: 'user' | 'bot';
  kind?: MessageKind;
  body: string;
  customType?: string;
  data?: string;
  mentionType?: MentionType;
  mentionedIds?: readonly string[];
  /** Files that are unknown, or not the sender's to use, are left out. */
  attachmentIds?: readonly string[];
  /** The message that this one answers. */
  parentId?: string;
  /** The same by its integer. */
  parentNum?: number;
  extras?: MessageExtras;
  /** The same key of the same sender never makes a second message. */
  dedupKey?: string;
  /** The sender has left the chat in the middle of saying it. */
  hasLeft?: boolean;
  /** Whether the sender has then read the chat down to this message; a bot only if that is its setting. */
  markAsRead?: boolean;
  limits?: SendLimits;
}

/** What shall be another in a message. Absent means: as it is. */
export interface EditMessage {
  body?: string;
  customType?: string;
  data?: string;
  mentionType?: MentionType;
  mentionedIds?: readonly string[];
  extras?: MessageExtras | null;
  limits?: Pick<SendLimits, 'maxBodyBytes'>;
}

/** The limits of the face through which it came, where it has any. */
export interface SendLimits {
  /** Bytes of UTF-8. */
  maxBodyBytes?: number;
  maxFiles?: number;
}

/** What messages name, by id, as far as it still exists. */
export interface MessageSurroundings {
  /** Senders, and who is mentioned. */
  users: ReadonlyMap<string, UserEntity>;
  files: ReadonlyMap<string, FileEntity>;
  /** The messages that are answered. */
  parents: ReadonlyMap<string, MessageEntity>;
}

/** A page of a chat, counted from its newest message. */
export interface PageQuery {
  chatId: string;
  /** 1 is the newest; so is anything below. */
  page: number;
  /** 1000 at most, which is also what a negative number asks for. */
  limit: number;
  senderId?: string;
  /** Only messages later than this, in milliseconds since 1970; 0 for all. */
  since?: number;
}

export interface MessagePage {
  /** Oldest first. */
  messages: MessageEntity[];
  /** All that fit the filter. */
  total: number;
}

/** The messages around a point in time, or around a message. */
export interface AroundQuery {
  chatId: string;
  /** Milliseconds since 1970, or the integer of a message. */
  anchor: { at: number } | { num: number };
  /** How many before, and how many after. */
  before: number;
  after: number;
  /** Whether a message of exactly that time belongs to it. */
  include: boolean;
  senderIds?: readonly string[];
  /** Only messages of operators of the chat, or only of others. */
  byOperators?: boolean;
  /** Leave out messages that answer another one. */
  withoutReplies?: boolean;
  kind?: MessageKind;
  /** `""` stands for messages without one. */
  customTypes?: readonly string[];
  /** Only what this user may see. Who is not an API credential sees no more in any case. */
  visibleTo?: string;
  /** Whether removed messages stand among the others, without their text. */
  includeRemoved?: boolean;
}
