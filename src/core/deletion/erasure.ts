import type { Database } from '../database/database.js';
import type { DeletionTask, DeletionTasks } from './deletion-tasks.js';

/** A person whose traces are removed. */
export interface Erasure {
  userId: string;
  /** The id that stands for the person where something stays. */
  erasedAs: string;
  /** What is younger is of a new user with the same id. */
  until: Date;
}

export const toErasure = ({ subjectId, details, createdAt }: DeletionTask): Erasure => ({
  userId: subjectId,
  erasedAs: details.erasedAs ?? '',
  until: createdAt,
});

/**
 * Goes through a table in the order of its keys, one page a call, for what no index leads to. How far it has come is noted with the
 * task in the transaction of its work, so a crash repeats a page at most.
 *
 * @param name of the walk, unique among those of the kind
 * @param visit does the work of the page behind a key, and returns the page's last key, or null behind the last page
 * @returns 0 when all tasks are through
 */
export async function walk(
  database: Database,
  tasks: DeletionTasks,
  task: DeletionTask,
  name: string,
  visit: (after: string) => Promise<string | null>,
): Promise<number> {
  if (task.details[name] === null) return 0;
  const last = await database.transaction(async () => {
    const reached = await visit(task.details[name] ?? '');
    await tasks.note(task, { [name]: reached });
    return reached;
  });
  task.details[name] = last;
  return 1;
}
