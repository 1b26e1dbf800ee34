import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';

/** Cursors that wait for a worker. */
const FREE = `(lease_until IS NULL OR lease_until <= statement_timestamp())`;

/** Cursors of an endpoint that are counted one by one; more of them count as so many. */
const MAX_COUNTED = 1000;

/**
 * The endpoints that have something due, or due later, each with its earliest time: one look into the index for each endpoint, however
 * many cursors it has. Those that may not be called now are left out before their cursors are looked at.
 */
export const WAITING_ENDPOINTS = `RECURSIVE waiting AS (
     (SELECT endpoint_id, due_at FROM lanes WHERE due_at IS NOT NULL ORDER BY endpoint_id, due_at LIMIT 1)
     UNION ALL
     SELECT next.endpoint_id, next.due_at FROM waiting CROSS JOIN LATERAL (
       SELECT endpoint_id, due_at FROM lanes WHERE endpoint_id > waiting.endpoint_id AND due_at IS NOT NULL
       ORDER BY endpoint_id, due_at LIMIT 1) next)`;
const CALLABLE = `callable AS (
     SELECT waiting.endpoint_id, e.transport
     FROM waiting JOIN bot_endpoints e ON e.id = waiting.endpoint_id LEFT JOIN endpoint_health h USING (endpoint_id)
     WHERE waiting.due_at <= statement_timestamp() AND h.is_paused IS NOT TRUE AND h.state IS DISTINCT FROM 'disabled'
       AND (h.blocked_until IS NULL OR h.blocked_until <= statement_timestamp()))`;
const OLDEST = `SELECT l.due_at FROM lanes l
       WHERE l.endpoint_id = callable.endpoint_id AND l.due_at <= statement_timestamp() AND ${FREE} ORDER BY l.due_at LIMIT 1`;

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
       SELECT FROM lanes l WHERE l.endpoint_id = callable.endpoint_id AND l.due_at <= statement_timestamp() AND ${FREE}
       LIMIT ${MAX_COUNTED}) counted) ready`,
);
const WAITING_CHATS = statement(
  'due_endpoints.waiting_chats',
  `SELECT chat_id AS "chatId", due_at::text AS "dueAt" FROM lanes
   WHERE endpoint_id = $1 AND due_at > coalesce($2::timestamptz, '-infinity') ORDER BY due_at LIMIT $3`,
);

export interface DueEndpoint {
  endpointId: string;
  transport: string;
  /** Cursors that could be served now and are not yet. */
  count: number;
  /** For how long the oldest of them has waited. */
  oldestSeconds: number;
}

/** What waits for workers, found by endpoint: the cost is that of the endpoints with due work, not that of their cursors. */
@Injectable()
export class DueEndpointsRepository {
  constructor(private readonly database: Database) {}

  /** @returns endpoints that may be called and have due cursors that no worker serves, the longest waiting first */
  async find(except: readonly string[], limit: number): Promise<string[]> {
    const rows = await this.database.query<{ endpointId: string }>(FIND, [except, limit]);
    return rows.map(({ endpointId }) => endpointId);
  }

  /** How much could be served now and is not yet. An endpoint counts with 1,000 cursors at most. */
  measure(): Promise<DueEndpoint[]> {
    return this.database.query<DueEndpoint>(MEASURE);
  }

  /** @returns chats with news for an endpoint, by the time at which it was or will be due, from `after` on */
  waitingChats(
    endpointId: string,
    after: string | undefined,
    limit: number,
  ): Promise<{ chatId: string; dueAt: string }[]> {
    return this.database.query(WAITING_CHATS, [endpointId, after ?? null, limit]);
  }
}
