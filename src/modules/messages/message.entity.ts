import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

export type MessageKind = 'text' | 'file' | 'admin';

/** The users that a message mentions: the listed ones, or all members of the chat. */
export type MentionType = 'users' | 'channel';

/** The original markup of a text whose body is its plain form. Valid as long as the body is its plain form. */
export interface MessageMarkup {
  mode: 'html' | 'markdown';
  text: string;
  /** SHA-256 of the plain form, so that readers need not parse the markup. Older messages have none. */
  plainHash?: string;
}

/** The original of a forwarded message. Its content is copied into this message, and stays when the original is deleted. */
export interface ForwardedMessage {
  messageId: string;
  chatId: string;
  /** Null for an API credential. */
  senderId: string | null;
  /** Milliseconds since 1970. */
  at: number;
}

/** An invitation to a survey. The campaign identifies the page. */
export interface SurveyInvitation {
  /** The bot's name of the campaign. */
  campaignId: string;
  /** The id of its page. Absent: `campaignId`. */
  pageId?: string;
  title: string;
  description: string;
  buttonText: string;
  appVersion: number;
  secret: string;
}

/** An action that clients can offer for a reply: generate another one, or continue it. */
export interface ReplyAction {
  type: 'regenerate' | 'continue';
  /** Earliest useful time in milliseconds since 1970. */
  notBefore?: number;
}

/** Fields that only some protocols support. Stored unchanged, and returned where the contract has a field for them. */
export interface MessageExtras {
  sortedMetaArray?: { key: string; value: string[] }[];
  extendedMessagePayload?: Record<string, unknown>;
  isSilent?: boolean;
  /** The draft from which this message was made. */
  draftId?: string;
  /** For a message of a model: its final state. `notice` is a message instead of a reply; `code` is the reason. */
  answer?: { state: 'completed' | 'interrupted' | 'stopped' | 'notice'; code?: string; actions?: ReplyAction[] };
  markup?: MessageMarkup;
  forwarded?: ForwardedMessage;
  survey?: SurveyInvitation;
}

/** A message: one entry of a chat log. No foreign key: a deletion task deletes the messages of a deleted chat. */
@Entity('messages')
@Unique(['chatId', 'seq'])
@Unique(['chatId', 'createdAt'])
@Index('messages_chat_id_sender_id_created_at_idx', ['chatId', 'senderId', 'createdAt'])
@Index('messages_parent_id_idx', ['parentId'], { where: 'parent_id IS NOT NULL' })
@Index('messages_removed_chat_id_seq_idx', ['chatId', 'seq'], { where: 'removed_at IS NOT NULL' })
@Index('messages_sender_id_dedup_key_idx', ['senderId', 'dedupKey'], { unique: true, where: 'dedup_key IS NOT NULL' })
export class MessageEntity {
  /** A ULID whose time part is `createdAt`. */
  @PrimaryColumn('text')
  id: string;

  /** The second id: an integer that rises in each chat, for the contracts that require one. */
  @Column('bigint', { generated: 'identity', unique: true })
  num: number;

  @Column('text')
  chatId: string;

  @Column('bigint')
  seq: number;

  /** Null for messages of an API credential. No foreign key: a message outlives its sender. */
  @Column('text', { nullable: true })
  senderId: string | null;

  @Column('text')
  kind: MessageKind;

  @Column('text')
  body: string;

  @Column('text', { default: '' })
  customType: string;

  @Column('text', { default: '' })
  data: string;

  @Column('text', { default: 'users' })
  mentionType: MentionType;

  @Column('text', { array: true, default: '{}' })
  mentionedIds: string[];

  @Column('text', { array: true, default: '{}' })
  attachmentIds: string[];

  /** The parent message of a reply. */
  @Column('text', { nullable: true })
  parentId: string | null;

  @Column('jsonb', { nullable: true })
  extras: MessageExtras | null;

  /** The idempotency key of the sender: the same key never creates a second message. */
  @Column('text', { nullable: true })
  dedupKey: string | null;

  /** The id of the request that sent it. It is passed on to the bots, so that one search finds the whole trip in all logs. */
  @Column('text', { default: '' })
  requestId: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  updatedAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  removedAt: Date | null;
}

/** The fields of a deleted message. Its position in the log and its sender stay. */
export const CLEARED_FIELDS = {
  body: '',
  customType: '',
  data: '',
  mentionedIds: [],
  attachmentIds: [],
  extras: null,
} satisfies Partial<MessageEntity>;

/** A message that one user has hidden from its own view. */
@Entity('hidden_messages')
@Index('hidden_messages_message_id_idx', ['messageId'])
export class HiddenMessageEntity {
  @PrimaryColumn('text')
  userId: string;

  @PrimaryColumn('text')
  @ForeignKey('MessageEntity', { onDelete: 'CASCADE' })
  messageId: string;

  @Column({ type: 'timestamptz', precision: 3 })
  hiddenAt: Date;
}
