import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import { WakeupPublisher } from '../queue/wakeup-publisher.js';
import { DELETION_WAKEUP } from './deletion.queues.js';

export interface DeletionSubject {
  id: string;
  /** Rows of the subject up to this mark are deleted. */
  until: number;
  details?: Record<string, string | null>;
}

export interface DeletionTask {
  kind: string;
  subjectId: string;
  until: number;
  details: Record<string, string | null>;
  createdAt: Date;
}

const ADD = statement(
  'deletion_tasks.add',
  `INSERT INTO deletion_tasks (kind, subject_id, until, details, created_at)
   SELECT $1, id, until, details::jsonb, clock_timestamp() FROM unnest($2::text[], $3::bigint[], $4::text[]) AS gone (id, until, details)
   ON CONFLICT DO NOTHING`,
);
/**
 * A statement that inserts tasks for the rows of another statement, in one round trip. The repository that owns these rows runs it in
 * the transaction of the deletion, and calls `DeletionTasks.enqueueAfterCommit`.
 *
 * @param rows SQL with the columns `id text` and `until bigint`
 */
export const addTasksFrom = (kind: string, rows: string): string =>
  `WITH subjects AS (${rows})
   INSERT INTO deletion_tasks (kind, subject_id, until, details, created_at)
   SELECT '${kind}', id, until, '{}'::jsonb, clock_timestamp() FROM subjects ON CONFLICT DO NOTHING`;

const NEWEST = statement(
  'deletion_tasks.newest',
  'SELECT until, details FROM deletion_tasks WHERE kind = $1 AND subject_id = $2 ORDER BY until DESC LIMIT 1',
);
const COLUMNS = `kind, subject_id AS "subjectId", until, details, created_at AS "createdAt"`;
// Tasks of one kind are processed together: most have few rows, and a statement for each of 150,000 chats would take long.
const CLAIM = statement(
  'deletion_tasks.claim',
  `UPDATE deletion_tasks SET due_at = clock_timestamp() + $1 * interval '1 millisecond'
   WHERE (kind, subject_id, until) IN (
     SELECT kind, subject_id, until FROM deletion_tasks
     WHERE due_at <= statement_timestamp() AND kind = (
       SELECT kind FROM deletion_tasks WHERE due_at <= statement_timestamp() ORDER BY due_at LIMIT 1)
     ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
   RETURNING ${COLUMNS}`,
);
const OF_TASKS = 'FROM unnest($2::text[], $3::bigint[]) AS mine (subject_id, until)';
const IS_MINE = `task.kind = $1 AND task.subject_id = mine.subject_id AND task.until = mine.until`;
const POSTPONE = statement(
  'deletion_tasks.postpone',
  `UPDATE deletion_tasks task SET due_at = clock_timestamp() + $4 * interval '1 millisecond' ${OF_TASKS} WHERE ${IS_MINE}`,
);
const NOTE = statement(
  'deletion_tasks.note',
  'UPDATE deletion_tasks SET details = details || $4::jsonb WHERE kind = $1 AND subject_id = $2 AND until = $3',
);
const REMOVE = statement(
  'deletion_tasks.remove',
  `DELETE FROM deletion_tasks task USING unnest($2::text[], $3::bigint[]) AS mine (subject_id, until) WHERE ${IS_MINE}`,
);
const HAS_DUE = statement(
  'deletion_tasks.has_due',
  'SELECT EXISTS (SELECT FROM deletion_tasks WHERE due_at <= statement_timestamp()) AS "hasDue"',
);
const MEASURE = statement(
  'deletion_tasks.measure',
  `SELECT count(*) AS count, coalesce(extract(epoch FROM statement_timestamp() - min(created_at)), 0)::float8 AS "oldestSeconds"
   FROM deletion_tasks`,
);

/** Deleted subjects whose rows still exist: inserted with the deletion, removed by the workers. */
@Injectable()
export class DeletionTasks {
  constructor(
    private readonly database: Database,
    private readonly wakeups: WakeupPublisher,
  ) {}

  /** @throws Error outside of a transaction: a deletion and its task must be written together */
  async add(kind: string, subjects: readonly DeletionSubject[]): Promise<void> {
    if (!this.database.inTransaction)
      throw new Error('A deletion task must be added in the transaction of the deletion.');
    if (subjects.length === 0) return;
    this.enqueueAfterCommit();
    await this.database.query(ADD, [
      kind,
      subjects.map(({ id }) => id),
      subjects.map(({ until }) => until),
      subjects.map(({ details }) => JSON.stringify(details ?? {})),
    ]);
  }

  /** @returns the mark after which a successor of a deleted subject begins; undefined if no task is left */
  async findNewest(kind: string, subjectId: string): Promise<Pick<DeletionTask, 'until' | 'details'> | undefined> {
    return (await this.database.query<Pick<DeletionTask, 'until' | 'details'>>(NEWEST, [kind, subjectId]))[0];
  }

  enqueueAfterCommit(): void {
    this.database.afterCommit(() => this.enqueue());
  }

  /** Enqueues a wake-up for a worker. The sweeper replaces a lost one. */
  enqueue(): void {
    this.wakeups.enqueue(DELETION_WAKEUP, 'deletion', {});
  }

  /** @returns due tasks of one kind, leased to the caller for `leaseMs` */
  claim(leaseMs: number, limit: number): Promise<DeletionTask[]> {
    return this.database.query<DeletionTask>(CLAIM, [leaseMs, limit]);
  }

  async postpone(tasks: readonly DeletionTask[], delayMs: number): Promise<void> {
    await this.database.query(POSTPONE, [...keysOf(tasks), delayMs]);
  }

  /** Merges details into a task, such as its progress. */
  async saveDetails({ kind, subjectId, until }: DeletionTask, details: Record<string, string | null>): Promise<void> {
    await this.database.query(NOTE, [kind, subjectId, until, JSON.stringify(details)]);
  }

  async remove(tasks: readonly DeletionTask[]): Promise<void> {
    await this.database.query(REMOVE, keysOf(tasks));
  }

  async hasDue(): Promise<boolean> {
    return (await this.database.query<{ hasDue: boolean }>(HAS_DUE))[0].hasDue;
  }

  async measure(): Promise<{ count: number; oldestSeconds: number }> {
    return (await this.database.query<{ count: number; oldestSeconds: number }>(MEASURE))[0];
  }
}

/** The tasks of one kind, as the parameters $1 to $3. */
const keysOf = (tasks: readonly DeletionTask[]): [string, string[], number[]] => [
  tasks[0]?.kind ?? '',
  tasks.map(({ subjectId }) => subjectId),
  tasks.map(({ until }) => until),
];
