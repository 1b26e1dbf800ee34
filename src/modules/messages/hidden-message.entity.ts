import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A message that one user does not want to see any more; for all others it is there. */
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
