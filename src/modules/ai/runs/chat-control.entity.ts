import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** A chat that was handed over to a human. AI bots do not reply there until `until`. */
@Entity('ai_chat_controls')
export class AiChatControlEntity {
  @PrimaryColumn('text')
  @ForeignKey('ChatEntity', { onDelete: 'CASCADE' })
  chatId: string;

  /** Id of the API credential that took control. */
  @Column('text')
  takenBy: string;

  @Column({ type: 'timestamptz', precision: 3 })
  until: Date;
}
