import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A deleted subject whose rows are still to be removed. Inserted in the transaction of the deletion, and deleted when no row is left.
 */
@Entity('deletion_tasks')
@Index('deletion_tasks_due_at_idx', ['dueAt'])
export class DeletionTaskEntity {
  /** The kind of subject: the steps that are registered for it run. */
  @PrimaryColumn('text')
  kind: string;

  @PrimaryColumn('text')
  subjectId: string;

  /** Rows of the subject up to this mark are deleted. Rows of a successor with the same id begin after it. */
  @PrimaryColumn('bigint')
  until: number;

  @Column('jsonb', { default: {} })
  details: Record<string, string | null>;

  /** Time at which a worker may take the task; moved forward while one processes it. Database clock. */
  @Column('timestamptz', { default: () => 'now()' })
  dueAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;
}
