import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { type DueEndpoint, DueEndpointsRepository, WAITING_ENDPOINTS } from './due-endpoints.repository.js';

/** Cursors of an endpoint that are looked at one by one, and chats of one page. */
export const BACKLOG_PAGE = 1000;

/** Pending chats that are counted one by one. */
const MAX_COUNTED = 1000;

export interface Backlog {
  /** Lanes that could be served now, and are not yet; an endpoint counts with 1,000 at most. */
  readyLanes: number;
  /** For how long the oldest of them has waited. */
  oldestReadySeconds: number;
  /** For how long the oldest chat has waited whose log has grown, and that was not dispatched. */
  relayLagSeconds: number;
  /** Chats that wait for their dispatch, up to 1,000. */
  pendingChats: number;
  /** The endpoints with ready lanes. */
  endpoints: DueEndpoint[];
}

/** How much waits for an endpoint. */
export interface EndpointBacklog {
  endpointId: string;
  /** Of the cursors that wait: those that were looked at, up to a page, and the entries behind them. */
  cursorCount: number;
  entryCount: number;
}

/** A page of chats, and where the next one begins. */
export interface ChatPage {
  chatIds: string[];
  next: string | undefined;
}

const PENDING_CHATS = statement(
  'backlog.pending_chats',
  `SELECT (SELECT count(*)::integer FROM (SELECT FROM chats WHERE armed_at IS NOT NULL LIMIT ${MAX_COUNTED}) pending)
            AS "pendingChats",
          (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(armed_at)), 0)::float8 FROM chats
           WHERE armed_at IS NOT NULL) AS "relayLagSeconds"`,
);

// Of an endpoint that is disabled it is unknown whether it will ever be back: its messages grow old, and are skipped.
const ENDPOINTS = statement(
  'backlog.endpoints',
  `WITH ${WAITING_ENDPOINTS}
   SELECT waiting.endpoint_id AS "endpointId", sample.cursors::integer AS "cursorCount", sample.entries::bigint AS "entryCount"
   FROM waiting LEFT JOIN endpoint_health h USING (endpoint_id) CROSS JOIN LATERAL (
     SELECT count(*) AS cursors, coalesce(sum(c.last_seq - due.cursor_seq), 0) AS entries FROM (
       SELECT chat_id, cursor_seq FROM lanes WHERE endpoint_id = waiting.endpoint_id AND due_at IS NOT NULL
       ORDER BY due_at LIMIT ${BACKLOG_PAGE}) due
     JOIN chats c ON c.id = due.chat_id) sample
   WHERE h.state IS DISTINCT FROM 'disabled'`,
);
const COUNT_CURSORS = statement(
  'backlog.count_cursors',
  `SELECT count(*)::integer AS count FROM (
     SELECT FROM lanes WHERE endpoint_id = $1 AND due_at IS NOT NULL ORDER BY due_at LIMIT $2) waiting`,
);
// Where people talk with each other, no bot silences them: what it has not heard yet waits until it is heard, or too old.
const CHATS_TO_CLOSE = statement(
  'backlog.chats_to_close',
  `SELECT page.chat_id AS "chatId", page.due_at::text AS "dueAt", NOT c.is_backlogged AND (
            SELECT count(*) FROM (
              SELECT FROM members m JOIN users u ON u.id = m.user_id AND u.kind = 'person'
              WHERE m.chat_id = page.chat_id AND m.state = 'joined' LIMIT 2) people) < 2 AS "isToClose"
   FROM (SELECT chat_id, due_at FROM lanes WHERE endpoint_id = $1 AND due_at >= coalesce($2::timestamptz, '-infinity')
         ORDER BY due_at LIMIT ${BACKLOG_PAGE}) page
   JOIN chats c ON c.id = page.chat_id ORDER BY page.due_at`,
);
const CHATS_TO_OPEN = statement(
  'backlog.chats_to_open',
  `SELECT page.id AS "chatId", NOT EXISTS (
            SELECT FROM lanes l WHERE l.chat_id = page.id AND l.due_at IS NOT NULL AND l.endpoint_id = ANY($2)) AS "isToOpen"
   FROM (SELECT id FROM chats WHERE is_backlogged AND id > $1 ORDER BY id LIMIT ${BACKLOG_PAGE}) page ORDER BY page.id`,
);

/** How much waits to be delivered. What it costs depends on the number of endpoints for which something waits, not on how much. */
@Injectable()
export class BacklogRepository {
  constructor(
    private readonly database: Database,
    private readonly due: DueEndpointsRepository,
  ) {}

  async measure(): Promise<Backlog> {
    const [endpoints, [chats]] = await Promise.all([
      this.due.measure(),
      this.database.query<Pick<Backlog, 'pendingChats' | 'relayLagSeconds'>>(PENDING_CHATS),
    ]);
    return {
      ...chats,
      endpoints,
      readyLanes: endpoints.reduce((sum, { count }) => sum + count, 0),
      oldestReadySeconds: endpoints.reduce((oldest, { oldestSeconds }) => Math.max(oldest, oldestSeconds), 0),
    };
  }

  /** Of each endpoint that is not disabled, a sample of the cursors that wait. */
  endpoints(): Promise<EndpointBacklog[]> {
    return this.database.query<EndpointBacklog>(ENDPOINTS);
  }

  /** @returns how many cursors of an endpoint wait, up to `limit` */
  async countCursors(endpointId: string, limit: number): Promise<number> {
    const [{ count }] = await this.database.query<{ count: number }>(COUNT_CURSORS, [endpointId, limit]);
    return count;
  }

  /** @returns chats of an endpoint that are to be closed, of a page of those that wait for it from `from` on */
  async chatsToClose(endpointId: string, from: string | undefined): Promise<ChatPage> {
    const rows = await this.database.query<{ chatId: string; dueAt: string; isToClose: boolean }>(CHATS_TO_CLOSE, [
      endpointId,
      from ?? null,
    ]);
    return {
      chatIds: rows.filter(({ isToClose }) => isToClose).map(({ chatId }) => chatId),
      next: rows.length === BACKLOG_PAGE ? rows.at(-1)!.dueAt : undefined,
    };
  }

  /** @returns closed chats of which no cursor waits at one of these endpoints, of a page of the closed chats behind `after` */
  async chatsToOpen(after: string, fullEndpointIds: readonly string[]): Promise<ChatPage> {
    const rows = await this.database.query<{ chatId: string; isToOpen: boolean }>(CHATS_TO_OPEN, [
      after,
      fullEndpointIds,
    ]);
    return {
      chatIds: rows.filter(({ isToOpen }) => isToOpen).map(({ chatId }) => chatId),
      next: rows.length === BACKLOG_PAGE ? rows.at(-1)!.chatId : undefined,
    };
  }
}
