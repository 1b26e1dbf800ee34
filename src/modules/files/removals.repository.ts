import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';

/** What there is of a file in the storage. */
export interface StoredObjects {
  id: string;
  path: string;
  previewPath: string | null;
}

// Rows that somebody else is at are left for the next time. Whether a file is used in another chat is looked up in a statement
// of its own, after the rows are locked: what was committed meanwhile is seen.
const LOCK_DUE = statement(
  'removals.lock_due',
  `SELECT id FROM files WHERE chat_id IS NULL AND keep_until < statement_timestamp()
   ORDER BY keep_until LIMIT $1 FOR UPDATE SKIP LOCKED`,
);
const REHOUSE_USED = statement(
  'removals.rehouse_used',
  `UPDATE files SET chat_id = used.chat_id
   FROM (SELECT DISTINCT ON (file_id) file_id, chat_id FROM file_uses WHERE file_id = ANY($1)) used
   WHERE files.id = used.file_id RETURNING files.id`,
);
// Who makes a preview just now would store it after the removal.
const IN_THE_MAKING = statement(
  'removals.in_the_making',
  `SELECT file_id AS id FROM preview_jobs
   WHERE file_id = ANY($1) AND maker IS NOT NULL AND due_at > statement_timestamp()`,
);
const HIDE = statement(
  'removals.hide',
  `UPDATE files SET state = 'removing', chat_id = NULL, keep_until = least(keep_until, clock_timestamp())
   WHERE id = ANY($1) AND chat_id IS NULL AND keep_until IS NOT NULL
   RETURNING id, path, preview_path AS "previewPath"`,
);
const DELETE = statement(
  'removals.delete',
  `WITH gone AS (
     DELETE FROM files WHERE id = ANY($1) AND state = 'removing' RETURNING owner_id, size_bytes
   ), freed AS (
     SELECT owner_id, sum(size_bytes)::bigint AS bytes FROM gone GROUP BY owner_id
   )
   UPDATE file_quotas SET used_bytes = greatest(0, used_bytes - freed.bytes) FROM freed
   WHERE file_quotas.owner_id = freed.owner_id`,
);
const ABANDON = statement(
  'removals.abandon',
  `UPDATE files SET keep_until = clock_timestamp() WHERE state = 'uploading' AND upload_process = ANY($1)`,
);
const RELEASE_PREVIEWS = statement(
  'removals.release_previews',
  `UPDATE preview_jobs SET due_at = clock_timestamp(), maker = NULL, rung_at = NULL WHERE maker = ANY($1)`,
);
const EXPIRE_TASKS = statement(
  'removals.expire_tasks',
  'DELETE FROM upload_tasks WHERE expires_at < statement_timestamp()',
);

/** How files go: hidden first, then out of the storage, then out of the database, so that no crash leaves half of one for ever. */
@Injectable()
export class RemovalsRepository {
  constructor(private readonly database: Database) {}

  /** Hides files that nothing holds any more. @returns what is to be removed of them */
  hideDue(limit: number): Promise<StoredObjects[]> {
    return this.database.transaction(async () => {
      const due = await this.database.query<{ id: string }>(LOCK_DUE, [limit]);
      const ids = due.map(({ id }) => id);
      if (ids.length === 0) return [];
      const used = await this.database.query<{ id: string }>(REHOUSE_USED, [ids]);
      const inTheMaking = await this.database.query<{ id: string }>(IN_THE_MAKING, [ids]);
      const kept = new Set([...used, ...inTheMaking].map(({ id }) => id));
      return this.hide(ids.filter((id) => !kept.has(id)));
    });
  }

  /** Hides those of the files that no message uses, and nobody shows. @returns what is to be removed of them */
  hide(ids: readonly string[]): Promise<StoredObjects[]> {
    return this.database.query<StoredObjects>(HIDE, [ids]);
  }

  /** Forgets hidden files, and gives their room back to their owners. */
  async delete(ids: readonly string[]): Promise<void> {
    await this.database.query(DELETE, [ids]);
  }

  /** Gives up what these processes were at: their uploads are due for removal, their previews are to be made by others. */
  async abandonWorkOf(instances: readonly string[]): Promise<void> {
    await this.database.query(ABANDON, [instances]);
    await this.database.query(RELEASE_PREVIEWS, [instances]);
  }

  async expireUploadTasks(): Promise<void> {
    await this.database.query(EXPIRE_TASKS);
  }
}
