import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A message that is being written before the eyes of those who look: what they have seen of it, about a second old. */
@Entity('drafts')
@Index('drafts_chat_id_idx', ['chatId'])
export class DraftEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  @ForeignKey('ChatEntity', { onDelete: 'CASCADE' })
  chatId: string;

  @Column('text')
  @ForeignKey('UserEntity', { onDelete: 'CASCADE' })
  senderId: string;

  /** Who writes: a fence that turns away the late words of a writer that was thought dead. */
  @Column('text')
  token: string;

  @Column('text')
  body: string;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt: Date;
}
