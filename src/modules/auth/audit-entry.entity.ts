import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An operation of a service credential. The entry outlives its subject. */
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

  /** The affected resource; empty for the server as a whole. */
  @Column('text', { default: '' })
  subjectId: string;

  /** Details of the operation. Never contains secrets. */
  @Column('jsonb', { default: {} })
  details: Record<string, string | number | boolean>;

  @Column('text', { default: '' })
  requestId: string;
}
