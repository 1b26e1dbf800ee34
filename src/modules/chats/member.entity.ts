import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

export type MemberState = 'invited' | 'joined';
/** `writer`: may send messages in a channel. */
export type MemberRole = 'none' | 'operator' | 'writer';
/** Whether the chat is hidden from the member's list, and whether a new message unhides it. */
export type HiddenState = 'unhidden' | 'hidden_allow_auto_unhide' | 'hidden_prevent_auto_unhide';

/** A user in a chat. */
@Entity('members')
@Index('members_user_id_chat_id_idx', ['userId', 'chatId'])
@Index('members_bots_idx', ['chatId', 'userId'], { where: 'is_bot' })
export class MemberEntity {
  @PrimaryColumn('text')
  @ForeignKey('ChatEntity', { onDelete: 'CASCADE' })
  chatId: string;

  @PrimaryColumn('text')
  userId: string;

  @Column('text')
  state: MemberState;

  /** Copied from the user, so that the bots of a chat are found without reading its people. */
  @Column('boolean', { default: false })
  isBot: boolean;

  @Column('text', { default: 'none' })
  role: MemberRole;

  /** The log entry up to which this member has read. */
  @Column('bigint', { default: 0 })
  readSeq: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  readAt: Date | null;

  @Column('text', { nullable: true })
  inviterId: string | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  invitedAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  joinedAt: Date | null;

  /** The log entry with which this member joined. It does not see older entries. */
  @Column('bigint', { default: 0 })
  joinedSeq: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deliveredAt: Date | null;

  @Column('text', { default: 'unhidden' })
  hiddenState: HiddenState;

  /** The end of the log when the member hid the chat. A later message may unhide the chat. */
  @Column('bigint', { default: 0 })
  hiddenSeq: number;

  /** Older history is hidden from this member. Null: none is. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  historyFrom: Date | null;
}
