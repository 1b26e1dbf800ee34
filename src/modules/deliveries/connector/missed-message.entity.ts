import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A message to a socket bot that no session of it has acknowledged, and that no lane tries to hand over any more. */
@Entity('missed_messages')
@Index('missed_messages_endpoint_id_said_at_idx', ['endpointId', 'saidAt'])
@Index('missed_messages_said_at_idx', ['saidAt'])
@Index('missed_messages_chat_id_idx', ['chatId'])
@Index('missed_messages_message_id_idx', ['messageId'])
export class MissedMessageEntity {
  /** No foreign key: the rows of an endpoint that is removed may be many, and go later. */
  @PrimaryColumn('text')
  endpointId: string;

  @PrimaryColumn('text')
  @ForeignKey('MessageEntity', { onDelete: 'CASCADE' })
  messageId: string;

  @Column('text')
  chatId: string;

  @Column({ type: 'timestamptz', precision: 3 })
  saidAt: Date;
}
