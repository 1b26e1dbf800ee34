import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';

/** A preview that this process is making, until its lease runs out. */
export interface PreviewLease {
  fileId: string;
  path: string;
  mimeType: string;
  previewPath: string;
  /** Which try this is; 1 for the first. */
  tries: number;
}

export interface MadePreview {
  sizeBytes: number;
  width: number;
  height: number;
}

// The share lock makes a removal wait, which then sees the lease; a file that is being removed already gets none.
const LEASE = statement(
  'preview_jobs.lease',
  `WITH file AS (
     SELECT id, path, mime_type, preview_path FROM files WHERE id = $1 AND state = 'ready' FOR SHARE
   )
   UPDATE preview_jobs
   SET maker = $2, tries = tries + 1, due_at = clock_timestamp() + $3 * interval '1 millisecond', rung_at = NULL
   FROM file WHERE file_id = file.id AND due_at <= clock_timestamp()
   RETURNING file_id AS "fileId", file.path, file.mime_type AS "mimeType", file.preview_path AS "previewPath", tries`,
);
const FINISH = statement(
  'preview_jobs.finish',
  `WITH done AS (DELETE FROM preview_jobs WHERE file_id = $1 AND maker = $2 RETURNING file_id)
   UPDATE files SET preview_mime_type = $3, preview_size_bytes = $4, preview_width = $5, preview_height = $6
   FROM done WHERE files.id = done.file_id AND files.state = 'ready' RETURNING files.id`,
);
const GIVE_UP = statement(
  'preview_jobs.give_up',
  `WITH done AS (DELETE FROM preview_jobs WHERE file_id = $1 AND maker = $2 RETURNING file_id)
   UPDATE files SET preview_path = NULL FROM done WHERE files.id = done.file_id`,
);
const SWEEP = statement(
  'preview_jobs.sweep',
  `UPDATE preview_jobs SET rung_at = clock_timestamp()
   WHERE file_id IN (
     SELECT file_id FROM preview_jobs
     WHERE due_at <= statement_timestamp() - $1 * interval '1 millisecond'
       AND (rung_at IS NULL OR rung_at < statement_timestamp() - $2 * interval '1 millisecond')
     ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
   RETURNING file_id AS "fileId"`,
);

/** The previews that are still to be made. All times are the database's. */
@Injectable()
export class PreviewJobsRepository {
  constructor(private readonly database: Database) {}

  /** @returns undefined when there is nothing to do, or somebody else is at it */
  async lease(fileId: string, maker: string, leaseMs: number): Promise<PreviewLease | undefined> {
    const [lease] = await this.database.query<PreviewLease>(LEASE, [fileId, maker, leaseMs]);
    return lease;
  }

  /** @returns false when the file is gone, or somebody else has taken over */
  async finish(fileId: string, maker: string, mimeType: string, made: MadePreview): Promise<boolean> {
    const values = [fileId, maker, mimeType, made.sizeBytes, made.width, made.height];
    return (await this.database.query(FINISH, values)).length === 1;
  }

  /** The file will have no preview. */
  async giveUp(fileId: string, maker: string): Promise<void> {
    await this.database.query(GIVE_UP, [fileId, maker]);
  }

  /** @returns files whose preview has been due for `overdueMs`, and whose bell was not rung within `rungWithinMs` */
  async sweep(overdueMs: number, rungWithinMs: number, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ fileId: string }>(SWEEP, [overdueMs, rungWithinMs, limit]);
    return rows.map(({ fileId }) => fileId);
  }
}
