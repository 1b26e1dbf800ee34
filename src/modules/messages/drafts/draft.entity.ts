import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A message that is being written while viewers read it: the text shown so far, about a second old. */
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

  /** The writer's fencing token: it rejects late writes of a writer that was replaced. */
  @Column('text')
  token: string;

  @Column('text')
  body: string;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt: Date;
}
