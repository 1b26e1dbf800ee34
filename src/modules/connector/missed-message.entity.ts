import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A message to a socket bot that no session acknowledged and that its subscription has passed. */
@Entity('missed_messages')
@Index('missed_messages_endpoint_id_sent_at_idx', ['endpointId', 'sentAt'])
@Index('missed_messages_sent_at_idx', ['sentAt'])
@Index('missed_messages_chat_id_idx', ['chatId'])
@Index('missed_messages_message_id_idx', ['messageId'])
export class MissedMessageEntity {
  /** No foreign key: rows of a removed endpoint are deleted later, in batches. */
  @PrimaryColumn('text')
  endpointId: string;

  @PrimaryColumn('text')
  @ForeignKey('MessageEntity', { onDelete: 'CASCADE' })
  messageId: string;

  @Column('text')
  chatId: string;

  @Column({ type: 'timestamptz', precision: 3 })
  sentAt: Date;
}
