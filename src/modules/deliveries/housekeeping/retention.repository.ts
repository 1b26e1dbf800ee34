import { Injectable } from '@nestjs/common';
import { Database, type Statement, statement } from '../../../core/database/database.js';

const BATCH = 5000;

/** In batches, so that no lock is held for long and no log grows beyond what it can take. */
const deleteOld = (table: string, time: string, condition = 'true'): Statement =>
  statement(
    `retention.${table}`,
    `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
       SELECT ctid FROM ${table} WHERE ${time} < statement_timestamp() - $1 * interval '1 day' AND ${condition} LIMIT ${BATCH}))
     RETURNING 1`,
  );

const STATEMENTS = {
  attempts: deleteOld('attempts', 'at'),
  deliveries: deleteOld('deliveries', 'created_at', `status <> 'pending'`),
  events: deleteOld('delivery_events', 'at'),
  missed: deleteOld('missed_messages', 'said_at'),
};

/** Forgets what nobody will ask for any more. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly database: Database) {}

  /** @returns how many rows are gone */
  async clean(what: keyof typeof STATEMENTS, days: number): Promise<number> {
    let total = 0;
    for (let count = BATCH; count === BATCH;) {
      count = (await this.database.query(STATEMENTS[what], [days])).length;
      total += count;
    }
    return total;
  }
}
