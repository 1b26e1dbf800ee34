import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

export type MessageKind = 'text' | 'file' | 'admin';

/** Whom a message calls by name: the users listed, or everybody in the chat. */
export type MentionType = 'users' | 'channel';

/** A text as it was written, where the body is what is to be read of it. Holds as long as the body is its plain form. */
export interface MessageMarkup {
  mode: 'html' | 'markdown';
  text: string;
  /** SHA-256 of the plain form, so that readers need not parse the markup. Older messages have none. */
  plainHash?: string;
}

/** Which message this one repeats. What that one said is in the message itself, and stays when the original goes. */
export interface ForwardedMessage {
  messageId: string;
  chatId: string;
  /** Null for the operator. */
  senderId: string | null;
  /** Milliseconds since 1970. */
  at: number;
}

/** An invitation to take part in a survey. Its page is found by the campaign. */
export interface SurveyInvitation {
  /** What the bot calls it. */
  campaignId: string;
  /** The id of its page. Absent: `campaignId`. */
  pageId?: string;
  title: string;
  description: string;
  buttonText: string;
  appVersion: number;
  secret: string;
}

/** What whoever reads an answer may ask for: another one, or the rest of it. */
export interface AnswerAction {
  type: 'regenerate' | 'continue';
  /** Milliseconds since 1970: it makes no sense before. */
  notBefore?: number;
}

/** What only some faces can say of a message; kept as it came, shown where the contract has a place for it. */
export interface MessageExtras {
  sortedMetaArray?: { key: string; value: string[] }[];
  extendedMessagePayload?: Record<string, unknown>;
  isSilent?: boolean;
  /** The draft that this message was while it was being written. */
  draftId?: string;
  /** Of what a model has said: whether it came to its end. `notice` is what is said instead of an answer; `code` tells why. */
  answer?: { state: 'completed' | 'interrupted' | 'stopped' | 'notice'; code?: string; actions?: AnswerAction[] };
  markup?: MessageMarkup;
  forwarded?: ForwardedMessage;
  survey?: SurveyInvitation;
}

/** A message: one entry of a chat's log. No foreign key: a deletion task removes those of a deleted chat. */
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

  /** The second id: an integer that rises in each chat, for the contracts that want one. */
  @Column('bigint', { generated: 'identity', unique: true })
  num: number;

  @Column('text')
  chatId: string;

  @Column('bigint')
  seq: number;

  /** Null for what the operator says. No foreign key: a message outlives its sender. */
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

  /** The message that this one answers. */
  @Column('text', { nullable: true })
  parentId: string | null;

  @Column('jsonb', { nullable: true })
  extras: MessageExtras | null;

  /** The sender's own name for this message: the same name never makes a second one. */
  @Column('text', { nullable: true })
  dedupKey: string | null;

  /** The request that sent it: carried on to the bots, so that one trip is one search in all logs. */
  @Column('text', { default: '' })
  requestId: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  updatedAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  removedAt: Date | null;
}

/** What is left of a message that is gone for all: its place in the log, and who has said it. */
export const EMPTIED = {
  body: '',
  customType: '',
  data: '',
  mentionedIds: [],
  attachmentIds: [],
  extras: null,
} satisfies Partial<MessageEntity>;
