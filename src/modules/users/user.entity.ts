import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** `operator` and `system` speak too, but are nobody: they have no row. */
export type UserKind = 'person' | 'bot';

/** Who speaks. People and bots share one id space; an id chosen by the caller is kept. */
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

  /** Whether the user joins at once when it is invited to a group. Bots have their own preference. */
  @Column('boolean', { default: true })
  acceptsInvitations: boolean;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  lastSeenAt: Date | null;

  /** For the operator's own client logins; sealed, since the Platform API shows it again. */
  @Column('bytea', { nullable: true })
  accessTokenSealed: Buffer | null;

  /** Chosen at random when the user is created and whenever its sessions are ended: a session is good while it names this one. */
  @Column('bigint', { default: 0 })
  sessionGeneration: number;

  /** A keyed hash of the address that a person signed up from, for the limits that hold for an address. Empty where there is none. */
  @Column('text', { default: '' })
  signUpOrigin: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
