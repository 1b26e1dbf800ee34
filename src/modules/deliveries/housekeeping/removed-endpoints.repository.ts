import { Injectable } from '@nestjs/common';
import { Database, type Statement, statement } from '../../../core/database/database.js';

/** Rows of one table that a transaction removes. */
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
/** What refers to a subscription goes before it. */
const REMOVALS = ['attempts', 'deliveries', 'redeliveries', 'missed_messages', 'lanes'].map(removeFrom);

/**
 * The rows of endpoints that are gone: subscriptions, deliveries, attempts. An endpoint of a bot with many chats has hundreds of
 * thousands, so its removal only writes its id down here, and a job removes them in batches. Until then they refer to an endpoint that
 * does not exist, and nothing reads them.
 */
@Injectable()
export class RemovedEndpointsRepository {
  constructor(private readonly database: Database) {}

  /** In the transaction that removes the endpoint. */
  async add(endpointId: string, botId: string): Promise<void> {
    await this.addAll([{ endpointId, botId }]);
  }

  /** @returns those that were not known yet */
  addAll(endpoints: readonly { endpointId: string; botId: string }[]): Promise<{ endpointId: string }[]> {
    const values = [endpoints.map(({ endpointId }) => endpointId), endpoints.map(({ botId }) => botId)];
    return this.database.query(ADD, values);
  }

  /**
   * Removes a batch of the rows of one endpoint. Processes that do this at the same time take different endpoints; after a crash
   * the next call goes on.
   *
   * @returns how many rows are gone; undefined when there is nothing to do
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
