import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { AiSettings } from './ai-settings.js';

/** The reaction of a bot to an invitation: it joins at once, or waits until its owner accepts. */
export const INVITATION_PREFERENCE = { join: 0, ask: 1 } as const;
export type InvitationPreference = (typeof INVITATION_PREFERENCE)[keyof typeof INVITATION_PREFERENCE];

/** A user with a token and endpoints. Its name, image and metadata are those of its user. */
@Entity('bots')
@Index('bots_created_at_id_idx', ['createdAt', 'id'])
export class BotEntity {
  @PrimaryColumn('text')
  @ForeignKey('UserEntity', { onDelete: 'CASCADE' })
  id: string;

  /** Set by the repository; not a column. */
  endpoints: BotEndpointEntity[];

  /** A type for sorting bots. */
  @Column('text', { default: '' })
  type: string;

  @Column('text', { default: '' })
  description: string;

  /** Whether only messages that start with "/" or mention the bot are delivered to it. */
  @Column('boolean', { default: false })
  isPrivacyMode: boolean;

  /** Whether a bot's own message counts as read by it. */
  @Column('boolean', { default: true })
  enableMarkAsRead: boolean;

  /** Whether callbacks list the members of the chat. */
  @Column('boolean', { default: false })
  showMember: boolean;

  /** Whether Platform callbacks also report that the bot joined or left a channel. Bots that support only messages fail at those. */
  @Column('boolean', { default: false })
  enableMembershipEvents: boolean;

  @Column('smallint', { default: 0 })
  channelInvitationPreference: InvitationPreference;

  @Column('boolean', { default: false })
  isDisabled: boolean;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}

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

/** A command of a bot. Users send it with a leading slash. */
@Entity('bot_commands')
@Index('bot_commands_bot_id_id_idx', ['botId', 'id'])
export class BotCommandEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  @ForeignKey('BotEntity', { onDelete: 'CASCADE' })
  botId: string;

  @Column('text')
  alias: string;

  @Column('text', { default: '' })
  description: string;
}
