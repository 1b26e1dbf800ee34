import { Injectable } from '@nestjs/common';
import { Database, type Statement, statement, settleAll } from '../../core/database/database.js';
import { addTasksFrom } from '../../core/deletion/deletion-tasks.js';
import type { SubscriptionKey } from './subscriptions.repository.js';

const REMOVE_SUBSCRIPTIONS = statement(
  'delivery_removals.remove_subscriptions',
  addTasksFrom(
    'subscription',
    `DELETE FROM subscriptions USING unnest($1::text[], $2::bigint[]) AS gone (chat_id, last_seq) WHERE subscriptions.chat_id = gone.chat_id
     RETURNING subscriptions.endpoint_id || ' ' || subscriptions.chat_id AS id, gone.last_seq AS until`,
  ),
);
// A worker may hold entries that it read before the clearing. They are among the next 100 after the cursor: a page has 20.
const CLEAR = statement(
  'delivery_removals.clear',
  `WITH concerned AS (
     SELECT endpoint_id, chat_id FROM subscriptions WHERE chat_id = $1 AND cursor_seq < $2 ORDER BY endpoint_id FOR NO KEY UPDATE)
   UPDATE subscriptions SET
     head_body = NULL,
     erased_seqs = CASE WHEN lease_token IS NULL THEN erased_seqs
                        ELSE erased_seqs || ARRAY(SELECT generate_series(cursor_seq + 1, least($2::bigint, cursor_seq + 100))) END
   FROM concerned WHERE subscriptions.endpoint_id = concerned.endpoint_id AND subscriptions.chat_id = concerned.chat_id`,
);

const TABLES = ['deliveries', 'attempts', 'redeliveries'] as const;
const deleteOfSubscriptions = (table: string): Statement =>
  statement(
    `delivery_removals.${table}_of_subscriptions`,
    `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
       SELECT row.ctid FROM unnest($1::text[], $2::text[], $3::bigint[]) AS gone (endpoint_id, chat_id, until)
       JOIN ${table} row ON row.endpoint_id = gone.endpoint_id AND row.chat_id = gone.chat_id AND row.seq <= gone.until
       LIMIT $4)) RETURNING 1`,
  );
const OF_SUBSCRIPTIONS = TABLES.map(deleteOfSubscriptions);

/** Removes subscriptions of removed chats, and their deliveries. */
@Injectable()
export class DeliveryRemovalsRepository {
  constructor(private readonly database: Database) {}

  /** Deletes the subscriptions of these chats. Deletion tasks of the kind `subscription` delete the records of deliveries. */
  async removeSubscriptions(chats: readonly { chatId: string; lastSeq: number }[]): Promise<void> {
    const values = [chats.map(({ chatId }) => chatId), chats.map(({ lastSeq }) => lastSeq)];
    await this.database.query(REMOVE_SUBSCRIPTIONS, values);
  }

  /** Erases the stored bodies of a chat up to an entry, and makes a worker that serves it discard what it has read. */
  async clear(chatId: string, untilSeq: number): Promise<void> {
    await this.database.query(CLEAR, [chatId, untilSeq]);
  }

  /** @returns the number of deleted rows */
  deleteOfSubscriptions(
    subscriptions: readonly SubscriptionKey[],
    untils: readonly number[],
    limit: number,
  ): Promise<number> {
    const keys = [
      subscriptions.map(({ endpointId }) => endpointId),
      subscriptions.map(({ chatId }) => chatId),
      untils,
      limit,
    ];
    return this.count(OF_SUBSCRIPTIONS, keys);
  }

  private async count(statements: readonly Statement[], values: unknown[]): Promise<number> {
    const rows = await settleAll(statements.map((each) => this.database.query(each, values)));
    return rows.reduce((total, { length }) => total + length, 0);
  }
}
