import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';

const INSERT = statement(
  'upload_tasks.insert',
  `INSERT INTO upload_tasks (id_hash, owner_id, name, size_bytes, expires_at)
   VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 millisecond')`,
);
const CONSUME = statement(
  'upload_tasks.consume',
  `DELETE FROM upload_tasks WHERE id_hash = $1 AND expires_at > clock_timestamp()
   RETURNING owner_id AS "ownerId", name, size_bytes AS "sizeBytes"`,
);

/** Permits one upload of this owner with exactly this size. */
export interface UploadTask {
  ownerId: string;
  /** Empty if not declared. */
  name: string;
  sizeBytes: number;
}

@Injectable()
export class UploadTasksRepository {
  constructor(private readonly database: Database) {}

  async insert(idHash: Buffer, { ownerId, name, sizeBytes }: UploadTask, lifeMs: number): Promise<void> {
    await this.database.query(INSERT, [idHash, ownerId, name, sizeBytes, lifeMs]);
  }

  /** Deletes and returns a task; one of several concurrent calls succeeds. @returns undefined if unknown, used or expired */
  async consume(idHash: Buffer): Promise<UploadTask | undefined> {
    const [task] = await this.database.query<UploadTask>(CONSUME, [idHash]);
    return task;
  }
}
