import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';

/** The stored objects of a file. */
export interface StoredObjects {
  id: string;
  path: string;
  previewPath: string | null;
}

// Locked rows are left for the next run. Uses in other chats are looked up in a separate statement after the rows are locked, so
// it sees what was committed meanwhile.
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
// A preview that is being generated would be stored after the removal.
const PREVIEW_IN_PROGRESS = statement(
  'removals.preview_in_progress',
  `SELECT file_id AS id FROM preview_jobs
   WHERE file_id = ANY($1) AND claimed_by IS NOT NULL AND due_at > statement_timestamp()`,
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
  `UPDATE preview_jobs SET due_at = clock_timestamp(), claimed_by = NULL, wakeup_sent_at = NULL WHERE claimed_by = ANY($1)`,
);
const EXPIRE_TASKS = statement(
  'removals.expire_tasks',
  'DELETE FROM upload_tasks WHERE expires_at < statement_timestamp()',
);

/** Deletes files in three steps that survive a crash: hide the row, delete the objects, delete the row. */
@Injectable()
export class RemovalsRepository {
  constructor(private readonly database: Database) {}

  /** Hides unused files. @returns their stored objects */
  hideDue(limit: number): Promise<StoredObjects[]> {
    return this.database.transaction(async () => {
      const due = await this.database.query<{ id: string }>(LOCK_DUE, [limit]);
      const ids = due.map(({ id }) => id);
      if (ids.length === 0) return [];
      const used = await this.database.query<{ id: string }>(REHOUSE_USED, [ids]);
      const previewing = await this.database.query<{ id: string }>(PREVIEW_IN_PROGRESS, [ids]);
      const kept = new Set([...used, ...previewing].map(({ id }) => id));
      return this.hide(ids.filter((id) => !kept.has(id)));
    });
  }

  /** Hides the files without uses. @returns their stored objects */
  hide(ids: readonly string[]): Promise<StoredObjects[]> {
    return this.database.query<StoredObjects>(HIDE, [ids]);
  }

  /** Deletes the rows of hidden files and reduces the used quota of their owners. */
  async delete(ids: readonly string[]): Promise<void> {
    await this.database.query(DELETE, [ids]);
  }

  /** Abandons the work of dead processes: their uploads become due for removal, their previews due for generation. */
  async abandonWorkOf(instances: readonly string[]): Promise<void> {
    await this.database.query(ABANDON, [instances]);
    await this.database.query(RELEASE_PREVIEWS, [instances]);
  }

  async expireUploadTasks(): Promise<void> {
    await this.database.query(EXPIRE_TASKS);
  }
}
