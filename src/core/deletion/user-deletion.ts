import type { Database } from '../database/database.js';
import type { DeletionTask, DeletionTasks } from './deletion-tasks.js';

/** The erasure of a user's data. */
export interface UserDeletion {
  userId: string;
  /** The id that replaces the user in the data that stays. */
  replacementId: string;
  /** Newer data belong to a new user with the same id. */
  until: Date;
}

export const toUserDeletion = ({ subjectId, details, createdAt }: DeletionTask): UserDeletion => ({
  userId: subjectId,
  replacementId: details.erasedAs ?? '',
  until: createdAt,
});

/**
 * Scans a table in the order of its keys, one page per call, for rows that no index finds. The progress is stored in the task in the
 * same transaction, so a crash repeats at most one page.
 *
 * @param name of the scan, unique within the kind
 * @param visit processes the page after a key, and returns the last key of the page, or null after the last page
 * @returns 0 when the scan is complete
 */
export async function scanTable(
  database: Database,
  tasks: DeletionTasks,
  task: DeletionTask,
  name: string,
  visit: (after: string) => Promise<string | null>,
): Promise<number> {
  if (task.details[name] === null) return 0;
  const last = await database.transaction(async () => {
    const reached = await visit(task.details[name] ?? '');
    await tasks.saveDetails(task, { [name]: reached });
    return reached;
  });
  task.details[name] = last;
  return 1;
}
