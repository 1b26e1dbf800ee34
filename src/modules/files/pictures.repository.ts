import { Injectable } from '@nestjs/common';
import { Database, statement, together } from '../../core/database/database.js';

// Whether somebody else shows a file is looked up in a statement of its own, after the rows are locked: what was committed
// meanwhile is seen.
const LOCK = statement(
  'pictures.lock',
  `SELECT 1 FROM files WHERE path = $2 OR id = (SELECT file_id FROM file_pictures WHERE holder = $1)
   ORDER BY id FOR NO KEY UPDATE`,
);
const SHOW = statement(
  'pictures.show',
  `WITH before AS (
     SELECT file_id FROM file_pictures WHERE holder = $1
   ), after AS (
     SELECT id FROM files WHERE path = $2 AND state = 'ready'
   ), shown AS (
     INSERT INTO file_pictures (holder, file_id) SELECT $1, id FROM after
     ON CONFLICT (holder) DO UPDATE SET file_id = excluded.file_id
   ), gone AS (
     DELETE FROM file_pictures WHERE holder = $1 AND NOT EXISTS (SELECT 1 FROM after)
   )
   UPDATE files SET keep_until = CASE WHEN id = (SELECT id FROM after) THEN NULL ELSE clock_timestamp() END
   WHERE id = (SELECT id FROM after)
      OR (id = (SELECT file_id FROM before)
          AND NOT EXISTS (SELECT 1 FROM file_pictures other WHERE other.file_id = files.id AND other.holder <> $1))`,
);

/** Which files are shown as pictures, and by whom. */
@Injectable()
export class PicturesRepository {
  constructor(private readonly database: Database) {}

  /**
   * From now on the holder shows the file at this path, which stays; the one before goes with the next cleaning, unless somebody
   * else shows it. In the open transaction, which has locked the holder.
   *
   * @param path of no file, if the holder shows none any more
   */
  async show(holder: string, path: string): Promise<void> {
    await together([this.database.query(LOCK, [holder, path]), this.database.query(SHOW, [holder, path])]);
  }
}
