import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** What a bot remembers of what was said in a chat before that of which its model is told word by word. */
@Entity('ai_summaries')
@Index('ai_summaries_bot_id_idx', ['botId'])
export class AiSummaryEntity {
  @PrimaryColumn('text')
  @ForeignKey('ChatEntity', { onDelete: 'CASCADE' })
  chatId: string;

  @PrimaryColumn('text')
  botId: string;

  /** Empty as long as there is none, and once what it was made of is no more. */
  @Column('text', { default: '' })
  body: string;

  /** The first message that it was made of. */
  @Column('bigint', { default: 0 })
  fromSeq: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  fromAt: Date | null;

  /** The last one; nothing up to it is told word by word, or is to become a part of the summary. */
  @Column('bigint', { default: 0 })
  upToSeq: number;

  /** Which worker makes it anew. */
  @Column('text', { nullable: true })
  leaseToken: string | null;

  /** Nobody else does before; after a failure later than that. */
  @Column('timestamptz', { nullable: true })
  leaseUntil: Date | null;

  /** Tokens set aside for it, until it is known what was used. */
  @Column('integer', { default: 0 })
  reservedTokens: number;

  /** The day whose budget they are of. */
  @Column('date', { nullable: true })
  reservedDay: string | null;

  /** All that it has ever used: the line for it in the bot's budget. */
  @Column('bigint', { default: 0 })
  usedTokens: number;
}
