import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type ChatKind = 'personal' | 'group' | 'channel' | 'favorites';

/**
 * A chat and the head of its log. A writer to the log holds the lock on this row; the lock alone orders the chat.
 */
@Entity('chats')
@Index('chats_user_id_bot_id_created_at_idx', ['userId', 'botId', 'createdAt'], { where: `kind = 'personal'` })
@Index('chats_bot_id_user_id_idx', ['botId', 'userId'], { where: `kind = 'personal'` })
@Index('chats_created_at_id_idx', ['createdAt', 'id'], { where: `kind = 'group'` })
@Index('chats_distinct_key_idx', ['distinctKey'], { unique: true, where: 'distinct_key IS NOT NULL' })
@Index('chats_is_backlogged_idx', ['id'], { where: 'is_backlogged' })
@Index('chats_pending_since_idx', ['pendingSince'], { where: 'pending_since IS NOT NULL' })
export class ChatEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  kind: ChatKind;

  /** The pair of a personal chat. No foreign keys: a deletion task removes the chats of a deleted user. */
  @Column('text', { nullable: true })
  userId: string | null;

  @Column('text', { nullable: true })
  botId: string | null;

  @Column('text', { default: '' })
  title: string;

  @Column('text', { default: '' })
  coverUrl: string;

  @Column('text', { default: '' })
  customType: string;

  /** Free text, set by the service. */
  @Column('text', { default: '' })
  data: string;

  @Column('boolean', { default: false })
  isDistinct: boolean;

  @Column('boolean', { default: false })
  isPublic: boolean;

  @Column('boolean', { default: false })
  isSuper: boolean;

  @Column('boolean', { default: false })
  isEphemeral: boolean;

  @Column('boolean', { default: false })
  isFrozen: boolean;

  /** Required to join a public chat; empty for none. */
  @Column('text', { default: '' })
  accessCode: string;

  @Column('jsonb', { default: {} })
  metadata: Record<string, string>;

  /** Set for distinct chats. The same members and custom type give the same key and therefore the same chat. */
  @Column('text', { nullable: true })
  distinctKey: string | null;

  @Column('text', { nullable: true })
  createdById: string | null;

  /** The sequence number of the newest log entry; 0 for an empty log. */
  @Column('bigint', { default: 0 })
  lastSeq: number;

  /**
   * Entries up to this one are deleted, even if their rows still exist. A chat with the id of a deleted chat starts after the
   * log of the deleted one.
   */
  @Column('bigint', { default: 0 })
  startSeq: number;

  /** Rises from chat to chat. Distinguishes the chats of a deleted user from those of a new user with the same id. */
  @Column('bigint', { nullable: true })
  num: number | null;

  /** The time of the newest log entry. Entries of one chat have rising times, so that "since" never skips an entry. */
  @Column({ type: 'timestamptz', precision: 3 })
  lastAt: Date;

  /** The number of log entries that are messages and not removed. */
  @Column('bigint', { default: 0 })
  messageCount: number;

  /** The log's end at the last dispatch. A subscription that is created later starts here or where its bot joined. */
  @Column('bigint', { default: 0 })
  dispatchedSeq: number;

  /** The time since which the log has entries that are not yet dispatched. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  pendingSince: Date | null;

  /** The backlog of a bot in this chat exceeds its limit. People cannot send messages until it shrinks. */
  @Column('boolean', { default: false })
  isBacklogged: boolean;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
