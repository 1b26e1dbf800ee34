import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

export type ChatEventType =
  | 'member.joined'
  | 'member.invited'
  | 'member.declined'
  | 'member.left'
  | 'chat.changed'
  | 'message.edited'
  | 'message.removed';

/** An entry of a chat's log that is not a message. */
@Entity('chat_events')
@Index('chat_events_chat_id_created_at_idx', ['chatId', 'createdAt'])
export class ChatEventEntity {
  @PrimaryColumn('text')
  @ForeignKey('ChatEntity', { onDelete: 'CASCADE' })
  chatId: string;

  @PrimaryColumn('bigint')
  seq: number;

  @Column('text')
  type: ChatEventType;

  /** Who did it; null for the operator. */
  @Column('text', { nullable: true })
  actorId: string | null;

  /** The user or the message that it is about. */
  @Column('text', { nullable: true })
  subjectId: string | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
