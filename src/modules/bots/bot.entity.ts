import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { BotEndpointEntity } from './bot-endpoint.entity.js';

/** What a bot does when it is invited: joins at once, or waits for its owner to accept. */
export const INVITATION_PREFERENCE = { join: 0, ask: 1 } as const;
export type InvitationPreference = (typeof INVITATION_PREFERENCE)[keyof typeof INVITATION_PREFERENCE];

/** A user with a token and ways to be reached. Its name, picture and metadata are those of its user. */
@Entity('bots')
@Index('bots_created_at_id_idx', ['createdAt', 'id'])
export class BotEntity {
  @PrimaryColumn('text')
  @ForeignKey('UserEntity', { onDelete: 'CASCADE' })
  id: string;

  /** Filled in by the repository; no column. */
  endpoints: BotEndpointEntity[];

  /** Free text by which an operator sorts its bots. */
  @Column('text', { default: '' })
  type: string;

  @Column('text', { default: '' })
  description: string;

  /** Only messages that start with "/" or mention the bot are forwarded to it. */
  @Column('boolean', { default: false })
  isPrivacyMode: boolean;

  /** A bot's own message counts as read by it. */
  @Column('boolean', { default: true })
  enableMarkAsRead: boolean;

  /** Callbacks list the members of the chat. */
  @Column('boolean', { default: false })
  showMember: boolean;

  /** Platform callbacks also report that the bot has joined or left a channel. Bots that know messages only fail at those. */
  @Column('boolean', { default: false })
  enableMembershipEvents: boolean;

  @Column('smallint', { default: 0 })
  channelInvitationPreference: InvitationPreference;

  @Column('boolean', { default: false })
  isDisabled: boolean;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
