import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** A chat in which a human speaks for the bots: no model answers there until then. */
@Entity('ai_chat_controls')
export class AiChatControlEntity {
  @PrimaryColumn('text')
  @ForeignKey('ChatEntity', { onDelete: 'CASCADE' })
  chatId: string;

  /** Which operator has taken it. */
  @Column('text')
  takenBy: string;

  @Column({ type: 'timestamptz', precision: 3 })
  until: Date;
}
