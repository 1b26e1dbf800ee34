import { Injectable } from '@nestjs/common';
import { Database, type Statement, statement } from '../../../core/database/database.js';

const BATCH = 5000;

/** Deletes a batch, so that no lock is held for long and the write-ahead log stays small. */
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
  missed: deleteOld('missed_messages', 'sent_at'),
};

// Deletes subscriptions of bots that have left, once all their entries are done and their deliveries are deleted.
const REMOVE_ENDED = statement(
  'retention.ended_subscriptions',
  `WITH ended AS (
     SELECT endpoint_id, chat_id FROM subscriptions s
     WHERE ends_seq IS NOT NULL AND due_at IS NULL AND lease_token IS NULL
       AND NOT EXISTS (SELECT FROM messages m WHERE m.chat_id = s.chat_id AND m.seq > s.cursor_seq AND m.seq <= s.ends_seq)
       AND NOT EXISTS (SELECT FROM chat_events v WHERE v.chat_id = s.chat_id AND v.seq > s.cursor_seq AND v.seq <= s.ends_seq)
       AND NOT EXISTS (SELECT FROM deliveries d WHERE d.endpoint_id = s.endpoint_id AND d.chat_id = s.chat_id)
       AND NOT EXISTS (SELECT FROM redeliveries r WHERE r.endpoint_id = s.endpoint_id AND r.chat_id = s.chat_id)
     LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
   DELETE FROM subscriptions USING ended WHERE subscriptions.endpoint_id = ended.endpoint_id AND subscriptions.chat_id = ended.chat_id RETURNING 1`,
);

/** Deletes rows after their retention. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly database: Database) {}

  /** @returns the number of deleted rows */
  clean(kind: keyof typeof STATEMENTS, days: number): Promise<number> {
    return this.inBatches(STATEMENTS[kind], [days]);
  }

  /** Deletes the finished subscriptions of bots that have left. @returns the number of deleted rows */
  removeEnded(): Promise<number> {
    return this.inBatches(REMOVE_ENDED, []);
  }

  private async inBatches(batch: Statement, values: unknown[]): Promise<number> {
    let total = 0;
    for (let count = BATCH; count === BATCH;) {
      count = (await this.database.query(batch, values)).length;
      total += count;
    }
    return total;
  }
}
