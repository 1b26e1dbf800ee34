import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type ChatKind = 'personal' | 'group' | 'channel' | 'favorites';

/**
 * A chat, and the head of its log. Whoever writes to the log holds this row's lock: that, and nothing else, orders the chat.
 */
@Entity('chats')
@Index('chats_user_id_bot_id_created_at_idx', ['userId', 'botId', 'createdAt'], { where: `kind = 'personal'` })
@Index('chats_bot_id_user_id_idx', ['botId', 'userId'], { where: `kind = 'personal'` })
@Index('chats_created_at_id_idx', ['createdAt', 'id'], { where: `kind = 'group'` })
@Index('chats_distinct_key_idx', ['distinctKey'], { unique: true, where: 'distinct_key IS NOT NULL' })
@Index('chats_is_backlogged_idx', ['id'], { where: 'is_backlogged' })
@Index('chats_armed_at_idx', ['armedAt'], { where: 'armed_at IS NOT NULL' })
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

  /** Free text of the operator's. */
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

  /** Asked of whoever joins a public chat; empty for none. */
  @Column('text', { default: '' })
  accessCode: string;

  @Column('jsonb', { default: {} })
  metadata: Record<string, string>;

  /** Set on distinct chats: the same members and custom type give the same key, and so the same chat. */
  @Column('text', { nullable: true })
  distinctKey: string | null;

  @Column('text', { nullable: true })
  createdById: string | null;

  /** The number of the log's newest entry; 0 while it is empty. */
  @Column('bigint', { default: 0 })
  lastSeq: number;

  /**
   * Entries up to this one are deleted, whether or not their rows are still there. A chat with the id of a deleted one begins
   * behind what that one had.
   */
  @Column('bigint', { default: 0 })
  startSeq: number;

  /** Rises from chat to chat, so that those of a deleted user are told from those of a new one with the same id. */
  @Column('bigint', { nullable: true })
  num: number | null;

  /** The time of the log's newest entry. Entries of one chat have rising times, so that "since" never skips one. */
  @Column({ type: 'timestamptz', precision: 3 })
  lastAt: Date;

  /** How many of the log's entries are messages that still stand. */
  @Column('bigint', { default: 0 })
  messageCount: number;

  /** Not used. Processes of the version before dispatch a chat only if this is above 0. */
  @Column('integer', { default: 1 })
  laneCount: number;

  /** The log's end at the last dispatch. A subscription that is made later starts here, or where its bot has joined. */
  @Column('bigint', { default: 0 })
  dispatchedSeq: number;

  /** Since when the log has had entries that are not yet dispatched. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  armedAt: Date | null;

  /** More is waiting for a bot of this chat than is allowed: people cannot write for now. */
  @Column('boolean', { default: false })
  isBacklogged: boolean;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
