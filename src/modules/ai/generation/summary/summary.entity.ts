import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Summary of the messages of a chat that are older than the context of a bot. */
@Entity('ai_summaries')
@Index('ai_summaries_bot_id_idx', ['botId'])
export class AiSummaryEntity {
  @PrimaryColumn('text')
  @ForeignKey('ChatEntity', { onDelete: 'CASCADE' })
  chatId: string;

  @PrimaryColumn('text')
  botId: string;

  /** Empty until it is generated, and after an invalidation. */
  @Column('text', { default: '' })
  body: string;

  /** The first message that it covers. */
  @Column('bigint', { default: 0 })
  fromSeq: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  fromAt: Date | null;

  /** The last message that it covers. Messages up to it are neither in the context nor added again. */
  @Column('bigint', { default: 0 })
  upToSeq: number;

  /** Fencing token of the worker. */
  @Column('text', { nullable: true })
  leaseToken: string | null;

  /** No other worker claims it before. Extended after a failure. */
  @Column('timestamptz', { nullable: true })
  leaseUntil: Date | null;

  /** Tokens reserved for the active request. */
  @Column('integer', { default: 0 })
  reservedTokens: number;

  /** Budget day of the reservation. */
  @Column('date', { nullable: true })
  reservedDay: string | null;

  /** All tokens used for this summary so far. */
  @Column('bigint', { default: 0 })
  usedTokens: number;
}
