import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { AiSettings } from './ai-settings.js';

/** How an event gets to the bot. */
export type Transport = 'callback' | 'connector' | 'ai';

/** In whose words the event is told: which face's body a callback carries. */
export type BodyFormat = 'platform' | 'client' | 'connector' | 'none';

/** One way in which a bot is reached. A bot may have several; each goes down each chat's log on its own. */
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

  /** Where callbacks go; empty for the other transports. */
  @Column('text', { default: '' })
  url: string;

  /** `whsec_…`, which signs callbacks as Standard Webhooks says. */
  @Column('bytea')
  signingSecretSealed: Buffer;

  /** The secret before it, with which callbacks are signed too until then. */
  @Column('bytea', { nullable: true })
  previousSecretSealed: Buffer | null;

  @Column('timestamptz', { nullable: true })
  previousSecretUntil: Date | null;

  /** What the owner asked to be sent in the `Authorization` header. */
  @Column('bytea', { nullable: true })
  authorizationSealed: Buffer | null;

  @Column('jsonb', { nullable: true })
  ai: AiSettings | null;

  /** Rises with each change of the address, so that nothing that was learnt of the old one is held against the new. */
  @Column('integer', { default: 1 })
  generation: number;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
