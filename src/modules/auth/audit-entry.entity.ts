import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What somebody with an operator's credential has done. It outlives what it was done to. */
@Entity('audit_log')
@Index('audit_log_at_id_idx', ['at', 'id'])
export class AuditEntryEntity {
  @PrimaryColumn('text')
  id: string;

  @Column({ type: 'timestamptz', precision: 3 })
  at: Date;

  /** The name of the credential. */
  @Column('text')
  actorId: string;

  /** For example `bot.created`. */
  @Column('text')
  action: string;

  /** What it was done to; empty for the server as a whole. */
  @Column('text', { default: '' })
  subjectId: string;

  /** Facts that are worth knowing later. Never a secret. */
  @Column('jsonb', { default: {} })
  details: Record<string, string | number | boolean>;

  @Column('text', { default: '' })
  requestId: string;
}
