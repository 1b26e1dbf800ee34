import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * Something that is deleted for every reader, and whose rows are still to be removed. Written in the transaction of the deletion,
 * gone when nothing is left.
 */
@Entity('deletion_tasks')
@Index('deletion_tasks_due_at_idx', ['dueAt'])
export class DeletionTaskEntity {
  /** Which steps it takes: those that are registered under this name. */
  @PrimaryColumn('text')
  kind: string;

  @PrimaryColumn('text')
  subjectId: string;

  /** What the subject had up to this mark is deleted. What a successor with the same id has begins behind it. */
  @PrimaryColumn('bigint')
  until: number;

  @Column('jsonb', { default: {} })
  details: Record<string, string | null>;

  /** When it wants a worker; moved on while one is at it. Database clock. */
  @Column('timestamptz', { default: () => 'now()' })
  dueAt: Date;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;
}
