import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { BotEndpointEntity } from './bot-endpoint.entity.js';

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
