import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { READY } from './lanes.repository.js';

export interface Backlog {
  /** Lanes that could be served now, and are not yet. */
  readyLanes: number;
  /** For how long the oldest of them has waited. */
  oldestReadySeconds: number;
  /** For how long the oldest chat has waited whose log has grown, and whose lanes were not told. */
  relayLagSeconds: number;
}

const SECONDS_SINCE = (time: string, where: string): string =>
  `(SELECT coalesce(extract(epoch FROM clock_timestamp() - min(${time})), 0)::float8 ${where})`;

const MEASURE = statement(
  'backlog.measure',
  `SELECT (SELECT count(*) FROM lanes WHERE ${READY}) AS "readyLanes",
          ${SECONDS_SINCE('due_at', `FROM lanes WHERE ${READY}`)} AS "oldestReadySeconds",
          ${SECONDS_SINCE('armed_at', 'FROM chats WHERE armed_at IS NOT NULL')} AS "relayLagSeconds"`,
);

// Of an endpoint that is disabled nobody knows whether it will ever be back: its messages grow old, and are skipped. Whoever has been
// too much stays so until a tenth is worked off, so that a chat does not open and close with each message. Where people talk with each
// other, no bot silences them: what it has not heard yet waits until it is heard, or too old.
const FULL_CHATS = statement(
  'backlog.full_chats',
  `WITH slow AS MATERIALIZED (
     SELECT l.endpoint_id, sum(c.last_seq - l.cursor_seq) AS waiting
     FROM lanes l JOIN chats c ON c.id = l.chat_id
     WHERE l.due_at IS NOT NULL
     GROUP BY l.endpoint_id HAVING sum(c.last_seq - l.cursor_seq) > $1::bigint * 0.9)
   SELECT DISTINCT l.chat_id AS "chatId"
   FROM slow JOIN lanes l ON l.endpoint_id = slow.endpoint_id AND l.due_at IS NOT NULL JOIN chats c ON c.id = l.chat_id
   WHERE slow.waiting > $1::bigint * CASE WHEN c.is_backlogged THEN 0.9 ELSE 1 END
     AND NOT EXISTS (SELECT FROM endpoint_health h WHERE h.endpoint_id = l.endpoint_id AND h.state = 'disabled')
     AND (SELECT count(*) FROM (
            SELECT FROM members m JOIN users u ON u.id = m.user_id AND u.kind = 'person'
            WHERE m.chat_id = l.chat_id AND m.state = 'joined' LIMIT 2) people) < 2`,
);

/** How much is waiting to be told. */
@Injectable()
export class BacklogRepository {
  constructor(private readonly database: Database) {}

  async measure(): Promise<Backlog> {
    const [row] = await this.database.query<Backlog>(MEASURE);
    return row;
  }

  /**
   * @returns the chats of endpoints for which more than `limit` entries of logs are waiting, as far as they are among them and have
   *   one person at most
   */
  async fullChats(limit: number): Promise<string[]> {
    const rows = await this.database.query<{ chatId: string }>(FULL_CHATS, [limit]);
    return rows.map(({ chatId }) => chatId);
  }
}
