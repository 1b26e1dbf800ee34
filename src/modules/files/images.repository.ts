import { Injectable } from '@nestjs/common';
import { Database, statement, settleAll } from '../../core/database/database.js';

// Other uses are looked up in a separate statement after the rows are locked, so it sees what was committed meanwhile.
const LOCK = statement(
  'images.lock',
  `SELECT 1 FROM files WHERE path = $2 OR id = (SELECT file_id FROM file_image_uses WHERE holder = $1)
   ORDER BY id FOR NO KEY UPDATE`,
);
const SHOW = statement(
  'images.show',
  `WITH before AS (
     SELECT file_id FROM file_image_uses WHERE holder = $1
   ), after AS (
     SELECT id FROM files WHERE path = $2 AND state = 'ready'
   ), shown AS (
     INSERT INTO file_image_uses (holder, file_id) SELECT $1, id FROM after
     ON CONFLICT (holder) DO UPDATE SET file_id = excluded.file_id
   ), gone AS (
     DELETE FROM file_image_uses WHERE holder = $1 AND NOT EXISTS (SELECT 1 FROM after)
   )
   UPDATE files SET keep_until = CASE WHEN id = (SELECT id FROM after) THEN NULL ELSE clock_timestamp() END
   WHERE id = (SELECT id FROM after)
      OR (id = (SELECT file_id FROM before)
          AND NOT EXISTS (SELECT 1 FROM file_image_uses other WHERE other.file_id = files.id AND other.holder <> $1))`,
);

/** Uses of files as images of users and chats. */
@Injectable()
export class ImagesRepository {
  constructor(private readonly database: Database) {}

  /**
   * Sets the image of a holder and keeps its file. The next cleaning deletes the previous file, unless another holder uses it.
   * Runs in the open transaction, which has locked the holder.
   *
   * @param path a path without a file removes the image
   */
  async setImage(holder: string, path: string): Promise<void> {
    await settleAll([this.database.query(LOCK, [holder, path]), this.database.query(SHOW, [holder, path])]);
  }
}
