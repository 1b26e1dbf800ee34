import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { type DueEndpoint, DueEndpointsRepository, WAITING_ENDPOINTS } from './due-endpoints.repository.js';

/** Sampled subscriptions of an endpoint, and chats of one page. */
export const BACKLOG_PAGE = 1000;

/** Maximum count of pending chats. */
const MAX_COUNTED = 1000;

export interface Backlog {
  /** Due subscriptions without a worker, at most 1,000 per endpoint. */
  readySubscriptions: number;
  /** Age of the oldest of them. */
  oldestReadySeconds: number;
  /** Age of the oldest pending chat. */
  dispatchLagSeconds: number;
  /** Pending chats, at most 1,000. */
  pendingChats: number;
  /** The endpoints with due subscriptions. */
  endpoints: DueEndpoint[];
}

/** A sample of the backlog of an endpoint. */
export interface EndpointBacklog {
  endpointId: string;
  /** Sampled subscriptions with work, at most a page, and the entries after their cursors. */
  cursorCount: number;
  entryCount: number;
}

/** A page of chats, and the position of the next page. */
export interface ChatPage {
  chatIds: string[];
  next: string | undefined;
}

const PENDING_CHATS = statement(
  'backlog.pending_chats',
  `SELECT (SELECT count(*)::integer FROM (SELECT FROM chats WHERE pending_since IS NOT NULL LIMIT ${MAX_COUNTED}) pending)
            AS "pendingChats",
          (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(pending_since)), 0)::float8 FROM chats
           WHERE pending_since IS NOT NULL) AS "dispatchLagSeconds"`,
);

// A disabled endpoint may never recover. Its entries expire and are skipped.
const ENDPOINTS = statement(
  'backlog.endpoints',
  `WITH ${WAITING_ENDPOINTS}
   SELECT waiting.endpoint_id AS "endpointId", sample.cursors::integer AS "cursorCount", sample.entries::bigint AS "entryCount"
   FROM waiting LEFT JOIN endpoint_health h USING (endpoint_id) CROSS JOIN LATERAL (
     SELECT count(*) AS cursors, coalesce(sum(c.last_seq - due.cursor_seq), 0) AS entries FROM (
       SELECT chat_id, cursor_seq FROM subscriptions WHERE endpoint_id = waiting.endpoint_id AND due_at IS NOT NULL
       ORDER BY due_at LIMIT ${BACKLOG_PAGE}) due
     JOIN chats c ON c.id = due.chat_id) sample
   WHERE h.state IS DISTINCT FROM 'disabled'`,
);
const COUNT_SUBSCRIPTIONS = statement(
  'backlog.count_cursors',
  `SELECT count(*)::integer AS count FROM (
     SELECT FROM subscriptions WHERE endpoint_id = $1 AND due_at IS NOT NULL ORDER BY due_at LIMIT $2) waiting`,
);
// A chat with two or more people is never closed. Its entries wait until they are delivered or expire.
const CHATS_TO_CLOSE = statement(
  'backlog.chats_to_close',
  `SELECT page.chat_id AS "chatId", page.due_at::text AS "dueAt", NOT c.is_backlogged AND (
            SELECT count(*) FROM (
              SELECT FROM members m JOIN users u ON u.id = m.user_id AND u.kind = 'person'
              WHERE m.chat_id = page.chat_id AND m.state = 'joined' LIMIT 2) people) < 2 AS "isToClose"
   FROM (SELECT chat_id, due_at FROM subscriptions WHERE endpoint_id = $1 AND due_at >= coalesce($2::timestamptz, '-infinity')
         ORDER BY due_at LIMIT ${BACKLOG_PAGE}) page
   JOIN chats c ON c.id = page.chat_id ORDER BY page.due_at`,
);
const CHATS_TO_OPEN = statement(
  'backlog.chats_to_open',
  `SELECT page.id AS "chatId", NOT EXISTS (
            SELECT FROM subscriptions s WHERE s.chat_id = page.id AND s.due_at IS NOT NULL AND s.endpoint_id = ANY($2)) AS "isToOpen"
   FROM (SELECT id FROM chats WHERE is_backlogged AND id > $1 ORDER BY id LIMIT ${BACKLOG_PAGE}) page ORDER BY page.id`,
);

/** Measures the backlog. The cost depends on the number of endpoints with work, not on the amount of work. */
@Injectable()
export class BacklogRepository {
  constructor(
    private readonly database: Database,
    private readonly due: DueEndpointsRepository,
  ) {}

  async measure(): Promise<Backlog> {
    const [endpoints, [chats]] = await Promise.all([
      this.due.measure(),
      this.database.query<Pick<Backlog, 'pendingChats' | 'dispatchLagSeconds'>>(PENDING_CHATS),
    ]);
    return {
      ...chats,
      endpoints,
      readySubscriptions: endpoints.reduce((sum, { count }) => sum + count, 0),
      oldestReadySeconds: endpoints.reduce((oldest, { oldestSeconds }) => Math.max(oldest, oldestSeconds), 0),
    };
  }

  /** A sample for each endpoint that is not disabled. */
  endpoints(): Promise<EndpointBacklog[]> {
    return this.database.query<EndpointBacklog>(ENDPOINTS);
  }

  /** @returns the number of subscriptions of an endpoint with work, at most `limit` */
  async countCursors(endpointId: string, limit: number): Promise<number> {
    const [{ count }] = await this.database.query<{ count: number }>(COUNT_SUBSCRIPTIONS, [endpointId, limit]);
    return count;
  }

  /** @returns the chats to close, of the page of chats with work for an endpoint that begins at `from` */
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

  /** @returns the chats without work for these endpoints, of the page of closed chats after `after` */
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
