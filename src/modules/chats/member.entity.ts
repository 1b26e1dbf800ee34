import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

export type MemberState = 'invited' | 'joined';
export type MemberRole = 'none' | 'operator';

/** A user in a chat. */
@Entity('members')
@Index('members_user_id_chat_id_idx', ['userId', 'chatId'])
export class MemberEntity {
  @PrimaryColumn('text')
  @ForeignKey('ChatEntity', { onDelete: 'CASCADE' })
  chatId: string;

  @PrimaryColumn('text')
  @ForeignKey('UserEntity', { onDelete: 'CASCADE' })
  userId: string;

  @Column('text')
  state: MemberState;

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
}
