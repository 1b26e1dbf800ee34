import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { AiSettings } from './ai-settings.js';

/** How an event reaches the bot. */
export type Transport = 'callback' | 'connector' | 'ai';

/** The protocol whose body format a callback has. */
export type BodyFormat = 'platform' | 'client' | 'connector' | 'none';

/** One way in which a bot is reached. A bot may have several; each has its own subscription to each chat log. */
@Entity('bot_endpoints')
@Unique(['botId', 'transport', 'format'])
export class BotEndpointEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  @ForeignKey('BotEntity', { onDelete: 'CASCADE' })
  botId: string;

  @Column('text')
  transport: Transport;

  @Column('text')
  format: BodyFormat;

  /** The callback URL; empty for the other transports. */
  @Column('text', { default: '' })
  url: string;

  /** `whsec_…`, which signs callbacks as defined by Standard Webhooks. */
  @Column('bytea')
  signingSecretEncrypted: Buffer;

  /** The previous secret, which also signs callbacks until `previousSecretUntil`. */
  @Column('bytea', { nullable: true })
  previousSecretEncrypted: Buffer | null;

  @Column('timestamptz', { nullable: true })
  previousSecretUntil: Date | null;

  /** The value of the `Authorization` header, as set by the owner. */
  @Column('bytea', { nullable: true })
  authorizationEncrypted: Buffer | null;

  @Column('jsonb', { nullable: true })
  ai: AiSettings | null;

  /** Rises with each change of the URL, so that failures of the old URL do not affect the new one. */
  @Column('integer', { default: 1 })
  generation: number;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
