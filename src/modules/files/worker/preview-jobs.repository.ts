import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';

/** A preview leased by this process. */
export interface PreviewLease {
  fileId: string;
  path: string;
  mimeType: string;
  previewPath: string;
  /** Number of this attempt, from 1. */
  tries: number;
}

export interface MadePreview {
  sizeBytes: number;
  width: number;
  height: number;
}

// The share lock makes a removal wait and then see the lease; a file in removal gets no lease.
const LEASE = statement(
  'preview_jobs.lease',
  `WITH file AS (
     SELECT id, path, mime_type, preview_path FROM files WHERE id = $1 AND state = 'ready' FOR SHARE
   )
   UPDATE preview_jobs
   SET claimed_by = $2, tries = tries + 1, due_at = clock_timestamp() + $3 * interval '1 millisecond', wakeup_sent_at = NULL
   FROM file WHERE file_id = file.id AND due_at <= clock_timestamp()
   RETURNING file_id AS "fileId", file.path, file.mime_type AS "mimeType", file.preview_path AS "previewPath", tries`,
);
const FINISH = statement(
  'preview_jobs.finish',
  `WITH done AS (DELETE FROM preview_jobs WHERE file_id = $1 AND claimed_by = $2 RETURNING file_id)
   UPDATE files SET preview_mime_type = $3, preview_size_bytes = $4, preview_width = $5, preview_height = $6
   FROM done WHERE files.id = done.file_id AND files.state = 'ready' RETURNING files.id`,
);
const GIVE_UP = statement(
  'preview_jobs.give_up',
  `WITH done AS (DELETE FROM preview_jobs WHERE file_id = $1 AND claimed_by = $2 RETURNING file_id)
   UPDATE files SET preview_path = NULL FROM done WHERE files.id = done.file_id`,
);
const SWEEP = statement(
  'preview_jobs.sweep',
  `UPDATE preview_jobs SET wakeup_sent_at = clock_timestamp()
   WHERE file_id IN (
     SELECT file_id FROM preview_jobs
     WHERE due_at <= statement_timestamp() - $1 * interval '1 millisecond'
       AND (wakeup_sent_at IS NULL OR wakeup_sent_at < statement_timestamp() - $2 * interval '1 millisecond')
     ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
   RETURNING file_id AS "fileId"`,
);

/** Previews to generate. All times are on the database clock. */
@Injectable()
export class PreviewJobsRepository {
  constructor(private readonly database: Database) {}

  /** @returns undefined if there is nothing to do or another process holds the lease */
  async lease(fileId: string, instance: string, leaseMs: number): Promise<PreviewLease | undefined> {
    const [lease] = await this.database.query<PreviewLease>(LEASE, [fileId, instance, leaseMs]);
    return lease;
  }

  /** @returns false if the file was deleted or another process has the lease */
  async finish(fileId: string, instance: string, mimeType: string, made: MadePreview): Promise<boolean> {
    const values = [fileId, instance, mimeType, made.sizeBytes, made.width, made.height];
    return (await this.database.query(FINISH, values)).length === 1;
  }

  /** Deletes the job; the file gets no preview. */
  async giveUp(fileId: string, instance: string): Promise<void> {
    await this.database.query(GIVE_UP, [fileId, instance]);
  }

  /** @returns files whose preview is overdue by `overdueMs` and had no wake-up within `wakeupWithinMs` */
  async sweep(overdueMs: number, wakeupWithinMs: number, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ fileId: string }>(SWEEP, [overdueMs, wakeupWithinMs, limit]);
    return rows.map(({ fileId }) => fileId);
  }
}
