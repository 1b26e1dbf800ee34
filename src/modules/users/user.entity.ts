import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type UserKind = 'person' | 'bot';

/** A person or a bot. Both share one id space; ids chosen by callers are kept. Services have no row. */
@Entity('users')
@Index('users_created_at_id_idx', ['createdAt', 'id'])
@Index('users_bot_nickname_idx', ['nickname'], { where: `kind = 'bot'` })
export class UserEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  kind: UserKind;

  @Column('text')
  nickname: string;

  @Column('text', { default: '' })
  profileUrl: string;

  @Column('jsonb', { default: {} })
  metadata: Record<string, string>;

  @Column('boolean', { default: true })
  isActive: boolean;

  @Column('text', { array: true, default: '{}' })
  discoveryKeys: string[];

  @Column('text', { array: true, default: '{}' })
  preferredLanguages: string[];

  /** Whether the user joins at once when invited to a group. Bots have their own preference. */
  @Column('boolean', { default: true })
  acceptsInvitations: boolean;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  lastSeenAt: Date | null;

  /** For logins of other clients. Encrypted, since the Platform API returns it. */
  @Column('bytea', { nullable: true })
  accessTokenEncrypted: Buffer | null;

  /** Random. Changes when the user's sessions are revoked; a session of another generation is invalid. */
  @Column('bigint', { default: 0 })
  sessionGeneration: number;

  /** A keyed hash of the address from which a person signed up, for the limits of an address. Empty if unknown. */
  @Column('text', { default: '' })
  signUpOrigin: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
