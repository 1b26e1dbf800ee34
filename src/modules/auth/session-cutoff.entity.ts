import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** From when on a user's sessions are good: what was opened before was revoked. */
@Entity('session_cutoffs')
@Index('session_cutoffs_revoked_at_idx', ['revokedAt'])
export class SessionCutoffEntity {
  @PrimaryColumn('text')
  @ForeignKey('UserEntity', { onDelete: 'CASCADE' })
  userId: string;

  /** Seconds since 1970: the last second whose sessions are no good any more. */
  @Column('bigint')
  cutoff: number;

  @Column('timestamptz')
  revokedAt: Date;
}
