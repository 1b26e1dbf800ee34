import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';

/** Subscriptions without a valid lease. */
const FREE = `(lease_until IS NULL OR lease_until <= statement_timestamp())`;

/** Maximum count of subscriptions of an endpoint. */
const MAX_COUNTED = 1000;

/**
 * The endpoints with work that is due now or later, each with its earliest due time: one index look-up per endpoint, however many
 * subscriptions it has. `callable` filters blocked endpoints before their subscriptions are read.
 */
export const WAITING_ENDPOINTS = `RECURSIVE waiting AS (
     (SELECT endpoint_id, due_at FROM subscriptions WHERE due_at IS NOT NULL ORDER BY endpoint_id, due_at LIMIT 1)
     UNION ALL
     SELECT next.endpoint_id, next.due_at FROM waiting CROSS JOIN LATERAL (
       SELECT endpoint_id, due_at FROM subscriptions WHERE endpoint_id > waiting.endpoint_id AND due_at IS NOT NULL
       ORDER BY endpoint_id, due_at LIMIT 1) next)`;
const CALLABLE = `callable AS (
     SELECT waiting.endpoint_id, e.transport
     FROM waiting JOIN bot_endpoints e ON e.id = waiting.endpoint_id LEFT JOIN endpoint_health h USING (endpoint_id)
     WHERE waiting.due_at <= statement_timestamp() AND h.is_paused IS NOT TRUE AND h.state IS DISTINCT FROM 'disabled'
       AND (h.blocked_until IS NULL OR h.blocked_until <= statement_timestamp()))`;
const OLDEST = `SELECT s.due_at FROM subscriptions s
       WHERE s.endpoint_id = callable.endpoint_id AND s.due_at <= statement_timestamp() AND ${FREE} ORDER BY s.due_at LIMIT 1`;

const FIND = statement(
  'due_endpoints.find',
  `WITH ${WAITING_ENDPOINTS}, ${CALLABLE}
   SELECT callable.endpoint_id AS "endpointId" FROM callable CROSS JOIN LATERAL (${OLDEST}) oldest
   WHERE callable.endpoint_id <> ALL($1::text[]) ORDER BY oldest.due_at LIMIT $2`,
);
const MEASURE = statement(
  'due_endpoints.measure',
  `WITH ${WAITING_ENDPOINTS}, ${CALLABLE}
   SELECT callable.endpoint_id AS "endpointId", callable.transport, ready.count::integer AS count,
          extract(epoch FROM clock_timestamp() - oldest.due_at)::float8 AS "oldestSeconds"
   FROM callable CROSS JOIN LATERAL (${OLDEST}) oldest CROSS JOIN LATERAL (
     SELECT count(*) AS count FROM (
       SELECT FROM subscriptions s WHERE s.endpoint_id = callable.endpoint_id AND s.due_at <= statement_timestamp() AND ${FREE}
       LIMIT ${MAX_COUNTED}) counted) ready`,
);
const WAITING_CHATS = statement(
  'due_endpoints.waiting_chats',
  `SELECT chat_id AS "chatId", due_at::text AS "dueAt" FROM subscriptions
   WHERE endpoint_id = $1 AND due_at > coalesce($2::timestamptz, '-infinity') ORDER BY due_at LIMIT $3`,
);

export interface DueEndpoint {
  endpointId: string;
  transport: string;
  /** Due subscriptions without a worker. */
  count: number;
  /** Age of the oldest of them. */
  oldestSeconds: number;
}

/** Finds due work by endpoint. The cost depends on the number of endpoints with due work, not of their subscriptions. */
@Injectable()
export class DueEndpointsRepository {
  constructor(private readonly database: Database) {}

  /** @returns callable endpoints with due subscriptions that no worker serves, the longest waiting first */
  async find(except: readonly string[], limit: number): Promise<string[]> {
    const rows = await this.database.query<{ endpointId: string }>(FIND, [except, limit]);
    return rows.map(({ endpointId }) => endpointId);
  }

  /** Counts due subscriptions without a worker, at most 1,000 per endpoint. */
  measure(): Promise<DueEndpoint[]> {
    return this.database.query<DueEndpoint>(MEASURE);
  }

  /** @returns chats with work for an endpoint, by due time, after `after` */
  waitingChats(
    endpointId: string,
    after: string | undefined,
    limit: number,
  ): Promise<{ chatId: string; dueAt: string }[]> {
    return this.database.query(WAITING_CHATS, [endpointId, after ?? null, limit]);
  }
}
