import { Injectable } from '@nestjs/common';
import { Database, type Statement, statement } from '../../../core/database/database.js';

/** Rows of endpoints that a module of higher rank stores. They are deleted together with the rows of deliveries. */
export interface EndpointRecords {
  /** The rows, for logs. */
  readonly what: string;

  /** Deletes rows that are older than `days`. @returns the number of deleted rows */
  deleteOld(days: number): Promise<number>;

  /** Deletes at most `limit` rows of a removed endpoint, in the open transaction. @returns the number of deleted rows */
  deleteOfEndpoint(endpointId: string, limit: number): Promise<number>;
}

/** The records of modules of higher rank. They register at startup. */
@Injectable()
export class EndpointRecordsRegistry {
  private readonly registered: EndpointRecords[] = [];

  get all(): readonly EndpointRecords[] {
    return this.registered;
  }

  register(records: EndpointRecords): void {
    this.registered.push(records);
  }
}

/** Maximum rows per statement. */
const RETENTION_BATCH = 5000;

/** Deletes a batch, so that no lock is held for long and the write-ahead log stays small. */
const deleteOld = (table: string, time: string, condition = 'true'): Statement =>
  statement(
    `retention.${table}`,
    `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
       SELECT ctid FROM ${table} WHERE ${time} < statement_timestamp() - $1 * interval '1 day' AND ${condition} LIMIT ${RETENTION_BATCH}))
     RETURNING 1`,
  );

const STATEMENTS = {
  attempts: deleteOld('attempts', 'at'),
  deliveries: deleteOld('deliveries', 'created_at', `status <> 'pending'`),
  events: deleteOld('delivery_events', 'at'),
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
     LIMIT ${RETENTION_BATCH} FOR UPDATE SKIP LOCKED)
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
    for (let count = RETENTION_BATCH; count === RETENTION_BATCH;) {
      count = (await this.database.query(batch, values)).length;
      total += count;
    }
    return total;
  }
}

/** Maximum rows of one table per transaction. */
const REMOVAL_BATCH = 2000;

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
    `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE endpoint_id = $1 LIMIT ${REMOVAL_BATCH})) RETURNING 1`,
  );
/** Rows that refer to subscriptions are deleted before them. */
const REMOVALS = ['attempts', 'deliveries', 'redeliveries', 'subscriptions'].map(removeFrom);

/**
 * Deletes the rows of removed endpoints: subscriptions, deliveries, attempts. An endpoint of a bot with many chats has hundreds of
 * thousands, so its removal only stores its id here, and a job deletes the rows in batches. Until then nothing reads them.
 */
@Injectable()
export class RemovedEndpointsRepository {
  constructor(
    private readonly database: Database,
    private readonly records: EndpointRecordsRegistry,
  ) {}

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
      const { endpointId } = removed;
      const removals = [
        ...this.records.all.map((records) => () => records.deleteOfEndpoint(endpointId, REMOVAL_BATCH)),
        ...REMOVALS.map((removal) => async () => (await this.database.query(removal, [endpointId])).length),
      ];
      let count = 0;
      for (const remove of removals) {
        const removedCount = await remove();
        count += removedCount;
        if (removedCount === REMOVAL_BATCH) return count;
      }
      await this.database.query(FORGET, [endpointId]);
      return count;
    });
  }
}
