import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** One of a bot's tokens, good for all three protocols. Hashed for checking, sealed for the contracts that show it again. */
@Entity('bot_tokens')
@Index('bot_tokens_bot_id_created_at_idx', ['botId', 'createdAt'])
export class BotTokenEntity {
  @PrimaryColumn('bytea')
  hash: Buffer;

  @Column('text')
  @ForeignKey('UserEntity', { onDelete: 'CASCADE' })
  botId: string;

  @Column('bytea')
  sealed: Buffer;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  /** Null: until it is revoked. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  expiresAt: Date | null;

  /** Set while the bot is disabled: its tokens open nothing, and are good again afterwards. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  suspendedAt: Date | null;
}
