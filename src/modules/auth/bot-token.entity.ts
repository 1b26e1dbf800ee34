import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A token of a bot, valid for all three protocols. Hashed for checking, encrypted for the protocols that return it. */
@Entity('bot_tokens')
@Index('bot_tokens_bot_id_created_at_idx', ['botId', 'createdAt'])
export class BotTokenEntity {
  @PrimaryColumn('bytea')
  hash: Buffer;

  @Column('text')
  @ForeignKey('UserEntity', { onDelete: 'CASCADE' })
  botId: string;

  @Column('bytea')
  tokenEncrypted: Buffer;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  /** Null: never. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  expiresAt: Date | null;

  /** Set while the bot is disabled: its tokens are rejected, and are valid again once it is enabled. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  suspendedAt: Date | null;
}
