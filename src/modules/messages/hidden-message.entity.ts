import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

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
