import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

export type MemberState = 'invited' | 'joined';
/** `writer`: may write in a channel, where the others read. */
export type MemberRole = 'none' | 'operator' | 'writer';
/** Whether the member sees the chat in its list, and whether a new message brings it back there. */
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

  /** Copied from the user, so that the bots of a chat are found without a look at its people. */
  @Column('boolean', { default: false })
  isBot: boolean;

  @Column('text', { default: 'none' })
  role: MemberRole;

  /** How far down the log this member has read. */
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

  /** The entry of the log with which this member has joined: what is older was not said to it. */
  @Column('bigint', { default: 0 })
  joinedSeq: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  deliveredAt: Date | null;

  @Column('text', { default: 'unhidden' })
  hiddenState: HiddenState;

  /** Where the log ended when the member hid the chat: what comes after it may bring the chat back. */
  @Column('bigint', { default: 0 })
  hiddenSeq: number;

  /** What is older is over for this member. Null: nothing is. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  historyFrom: Date | null;
}
