import { Injectable } from '@nestjs/common';
import { Database, statement, settleAll } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import type { DeletionTask } from '../../core/deletion/deletion-tasks.js';
import { toUserDeletion } from '../../core/deletion/user-deletion.js';
import { FileWakeups } from './file-wakeups.js';

// Includes files that others have forwarded: the bytes belong to the deleted user.
const RELEASE = statement(
  'file_erasures.release',
  `WITH mine AS (
     SELECT id FROM files WHERE owner_id = $1 AND created_at <= $3 ORDER BY id LIMIT $4 FOR UPDATE
   ), used AS (
     DELETE FROM file_uses WHERE file_id IN (SELECT id FROM mine)
   ), shown AS (
     DELETE FROM file_image_uses WHERE file_id IN (SELECT id FROM mine))
   UPDATE files SET owner_id = $2, name = '', claim_hash = NULL, chat_id = NULL,
                    keep_until = statement_timestamp() - interval '1 second'
   FROM mine WHERE files.id = mine.id RETURNING 1`,
);
const FORGET_QUOTA = statement(
  'file_erasures.forget_quota',
  `DELETE FROM file_quotas WHERE owner_id = $1 AND NOT EXISTS (SELECT FROM users WHERE users.id = $1)`,
);
const FORGET_UPLOADS = statement(
  'file_erasures.forget_uploads',
  `DELETE FROM upload_tasks WHERE owner_id = $1 AND NOT EXISTS (SELECT FROM users WHERE users.id = $1)`,
);

/** Releases the files of deleted users; the cleaning then deletes them from the storage. */
@Injectable()
export class FileEraser {
  constructor(
    private readonly database: Database,
    private readonly wakeups: FileWakeups,
  ) {}

  @DeleteWith('erasure')
  async erase(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let count = 0;
    for (const task of tasks) {
      const { userId, replacementId, until } = toUserDeletion(task);
      const [released] = await settleAll([
        this.database.query(RELEASE, [userId, replacementId, until, limit]),
        this.database.query(FORGET_QUOTA, [userId]),
        this.database.query(FORGET_UPLOADS, [userId]),
      ]);
      count += released.length;
    }
    if (count > 0) this.wakeups.enqueueCleaning();
    return count;
  }
}
