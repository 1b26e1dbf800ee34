import { Injectable } from '@nestjs/common';
import { Database, type Statement, statement } from '../../../core/database/database.js';

/** Maximum rows of one table per transaction. */
const BATCH = 2000;

const ADD = statement(
  'removed_endpoints.add',
  `INSERT INTO removed_endpoints (endpoint_id, bot_id) SELECT * FROM unnest($1::text[], $2::text[])
   ON CONFLICT DO NOTHING RETURNING endpoint_id AS "endpointId"`,
);
const CLAIM = statement(
  'removed_endpoints.claim',
  `SELECT endpoint_id AS "endpointId" FROM removed_endpoints ORDER BY endpoint_id LIMIT 1 FOR UPDATE SKIP LOCKED`,
);
const FORGET = statement('removed_endpoints.forget', 'DELETE FROM removed_endpoints WHERE endpoint_id = $1');

const removeFrom = (table: string): Statement =>
  statement(
    `removed_endpoints.remove_${table}`,
    `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE endpoint_id = $1 LIMIT ${BATCH})) RETURNING 1`,
  );
/** Rows that refer to subscriptions are deleted before them. */
const REMOVALS = ['attempts', 'deliveries', 'redeliveries', 'missed_messages', 'subscriptions'].map(removeFrom);

/**
 * Deletes the rows of removed endpoints: subscriptions, deliveries, attempts. An endpoint of a bot with many chats has hundreds of
 * thousands, so its removal only stores its id here, and a job deletes the rows in batches. Until then nothing reads them.
 */
@Injectable()
export class RemovedEndpointsRepository {
  constructor(private readonly database: Database) {}

  /** Must run in the transaction that removes the endpoint. */
  async add(endpointId: string, botId: string): Promise<void> {
    await this.addAll([{ endpointId, botId }]);
  }

  /** @returns the endpoints that were not stored before */
  addAll(endpoints: readonly { endpointId: string; botId: string }[]): Promise<{ endpointId: string }[]> {
    const values = [endpoints.map(({ endpointId }) => endpointId), endpoints.map(({ botId }) => botId)];
    return this.database.query(ADD, values);
  }

  /**
   * Deletes a batch of rows of one endpoint. Concurrent processes take different endpoints; after a crash the next call continues.
   *
   * @returns the number of deleted rows; undefined without a removed endpoint
   */
  removeBatch(): Promise<number | undefined> {
    return this.database.transaction(async () => {
      const [removed] = await this.database.query<{ endpointId: string }>(CLAIM);
      if (!removed) return undefined;
      let count = 0;
      for (const removal of REMOVALS) {
        const rows = await this.database.query(removal, [removed.endpointId]);
        count += rows.length;
        if (rows.length === BATCH) return count;
      }
      await this.database.query(FORGET, [removed.endpointId]);
      return count;
    });
  }
}
