import { Injectable } from '@nestjs/common';
import { Database, type Statement, statement } from '../../../core/database/database.js';
import type { SubscriptionKey } from '../subscriptions.repository.js';

/**
 * Invariants of committed rows, which hold after any crash:
 * - `cursor_behind`: a subscription whose cursor is behind the log or its own end is due or leased, or its chat is pending
 * - `cursor_missing`: an endpoint has a subscription in each chat of its bot that was dispatched since
 * - `chat_not_pending`: a chat with a bot is pending while its log is longer than what was dispatched
 * - `lease_without_due`: a leased subscription is due
 * - `redelivery_without_due`: a subscription with redeliveries is due or leased
 * - `redelivery_unflagged`: a subscription with redeliveries is flagged
 * - `closed_for_member`: the subscriptions of a bot that is in the chat are open
 * - `open_without_member`: the subscriptions of a bot that is not in the chat have an end
 * - `endpoint_gone`: the endpoint of a subscription exists or is being removed
 * - `bot_unmarked`: a member with subscriptions is marked as a bot
 */
export type Invariant =
  | 'cursor_behind'
  | 'cursor_missing'
  | 'chat_not_pending'
  | 'lease_without_due'
  | 'redelivery_without_due'
  | 'redelivery_unflagged'
  | 'closed_for_member'
  | 'open_without_member'
  | 'endpoint_gone'
  | 'bot_unmarked';

/** A row that violates an invariant. */
export interface Violation extends SubscriptionKey {
  invariant: Invariant;
  botId: string;
}

/** The tables that are walked over. */
export type Walk = 'subscriptions' | 'chats' | 'redeliveries';

interface Position extends SubscriptionKey {
  seq: number;
}

interface Row extends Position, Violation {
  isLast: boolean;
}

/** A log may have gaps: a message that was deleted for all has no row. */
const hasEntries = (chatId: string, afterSeq: string, toSeq: string): string =>
  `(EXISTS (SELECT FROM messages x WHERE x.chat_id = ${chatId} AND x.seq > ${afterSeq} AND x.seq <= ${toSeq})
    OR EXISTS (SELECT FROM chat_events x WHERE x.chat_id = ${chatId} AND x.seq > ${afterSeq} AND x.seq <= ${toSeq}))`;

const IS_LAST_SUBSCRIPTION = 'row_number() OVER (ORDER BY endpoint_id DESC, chat_id DESC) = 1';

// Each page is one statement, so it compares one snapshot and finds no uncommitted changes. Of each row it reports the first violation;
// the last row of the page is always returned.
const CHECK_SUBSCRIPTIONS = statement(
  'invariants.check_subscriptions',
  `SELECT * FROM (
     SELECT s.endpoint_id AS "endpointId", s.chat_id AS "chatId", s.bot_id AS "botId", 0::bigint AS seq, s.is_last AS "isLast",
       CASE
         WHEN e.id IS NULL THEN CASE WHEN r.endpoint_id IS NULL THEN 'endpoint_gone' END
         WHEN c.id IS NULL THEN NULL
         WHEN m.is_bot = false THEN 'bot_unmarked'
         WHEN s.ends_seq IS NOT NULL AND m.state = 'joined' THEN 'closed_for_member'
         WHEN s.ends_seq IS NULL AND m.state IS DISTINCT FROM 'joined' THEN 'open_without_member'
         WHEN s.due_at IS NOT NULL THEN NULL
         WHEN s.lease_token IS NOT NULL THEN 'lease_without_due'
         WHEN s.has_redeliveries THEN 'redelivery_without_due'
         WHEN c.pending_since IS NULL AND s.cursor_seq < least(c.last_seq, s.ends_seq)
           AND ${hasEntries('s.chat_id', 's.cursor_seq', 'least(c.last_seq, s.ends_seq)')} THEN 'cursor_behind'
       END AS invariant
     FROM (SELECT *, ${IS_LAST_SUBSCRIPTION} AS is_last FROM (
             SELECT * FROM subscriptions WHERE (endpoint_id, chat_id) > ($2, $3) ORDER BY endpoint_id, chat_id LIMIT $1) page) s
     LEFT JOIN chats c ON c.id = s.chat_id
     LEFT JOIN bot_endpoints e ON e.id = s.endpoint_id
     LEFT JOIN removed_endpoints r ON r.endpoint_id = s.endpoint_id
     LEFT JOIN members m ON m.chat_id = s.chat_id AND m.user_id = s.bot_id) checked
   WHERE invariant IS NOT NULL OR "isLast"`,
);
// The minute covers the duration of the transaction that created the endpoint, and the difference of the clocks of both times.
const CHECK_CHATS = statement(
  'invariants.check_chats',
  `SELECT * FROM (
     SELECT coalesce(missing.id, '') AS "endpointId", c.id AS "chatId", m.user_id AS "botId", 0::bigint AS seq, c.is_last AS "isLast",
       CASE WHEN m.user_id IS NULL OR c.pending_since IS NOT NULL THEN NULL
            WHEN c.last_seq > c.dispatched_seq AND ${hasEntries('c.id', 'c.dispatched_seq', 'c.last_seq')} THEN 'chat_not_pending'
            WHEN missing.id IS NOT NULL THEN 'cursor_missing' END AS invariant
     FROM (SELECT *, row_number() OVER (ORDER BY id DESC) = 1 AS is_last FROM (
             SELECT id, pending_since, last_seq, last_at, dispatched_seq FROM chats
             WHERE id > $2 ORDER BY id LIMIT $1) page) c
     LEFT JOIN LATERAL (
       SELECT user_id, state, joined_seq FROM members WHERE chat_id = c.id AND is_bot ORDER BY user_id LIMIT 1) m ON true
     LEFT JOIN LATERAL (
       SELECT e.id FROM members b JOIN bot_endpoints e ON e.bot_id = b.user_id
       WHERE b.chat_id = c.id AND b.is_bot AND b.state = 'joined' AND c.dispatched_seq >= b.joined_seq AND c.dispatched_seq > 0
         AND e.created_at < c.last_at - interval '1 minute'
         AND NOT EXISTS (SELECT FROM subscriptions s WHERE s.endpoint_id = e.id AND s.chat_id = c.id) LIMIT 1) missing ON true) checked
   WHERE invariant IS NOT NULL OR "isLast"`,
);
const CHECK_REDELIVERIES = statement(
  'invariants.check_redeliveries',
  `SELECT * FROM (
     SELECT r.endpoint_id AS "endpointId", r.chat_id AS "chatId", s.bot_id AS "botId", r.seq, r.is_last AS "isLast",
       CASE WHEN NOT s.has_redeliveries THEN 'redelivery_unflagged' END AS invariant
     FROM (SELECT *, row_number() OVER (ORDER BY endpoint_id DESC, chat_id DESC, seq DESC) = 1 AS is_last FROM (
             SELECT endpoint_id, chat_id, seq FROM redeliveries WHERE (endpoint_id, chat_id, seq) > ($2, $3, $4)
             ORDER BY endpoint_id, chat_id, seq LIMIT $1) page) r
     LEFT JOIN subscriptions s ON s.endpoint_id = r.endpoint_id AND s.chat_id = r.chat_id) checked
   WHERE invariant IS NOT NULL OR "isLast"`,
);
const CHECKS: Record<Walk, (from: Position, limit: number) => [Statement, unknown[]]> = {
  subscriptions: ({ endpointId, chatId }, limit) => [CHECK_SUBSCRIPTIONS, [limit, endpointId, chatId]],
  chats: ({ chatId }, limit) => [CHECK_CHATS, [limit, chatId]],
  redeliveries: ({ endpointId, chatId, seq }, limit) => [CHECK_REDELIVERIES, [limit, endpointId, chatId, seq]],
};

const BEGIN_WALK = statement(
  'invariants.begin_walk',
  'INSERT INTO invariant_walks (name) VALUES ($1) ON CONFLICT DO NOTHING',
);
const CLAIM_WALK = statement(
  'invariants.claim_walk',
  `SELECT endpoint_id AS "endpointId", chat_id AS "chatId", seq FROM invariant_walks WHERE name = $1 FOR UPDATE SKIP LOCKED`,
);
const MOVE_WALK = statement(
  'invariants.move_walk',
  'UPDATE invariant_walks SET endpoint_id = $2, chat_id = $3, seq = $4 WHERE name = $1',
);

// A violation may be resolved before its row is locked, so each repair checks again.
const LOCKED = `SELECT s.* FROM unnest($1::text[], $2::text[]) AS found (endpoint_id, chat_id)
     JOIN subscriptions s ON s.endpoint_id = found.endpoint_id AND s.chat_id = found.chat_id
     ORDER BY s.endpoint_id, s.chat_id FOR NO KEY UPDATE OF s`;
const SAME = 'subscriptions.endpoint_id = locked.endpoint_id AND subscriptions.chat_id = locked.chat_id';
const KEYS = 'RETURNING subscriptions.endpoint_id AS "endpointId", subscriptions.chat_id AS "chatId"';

const MAKE_DUE = statement(
  'invariants.make_due',
  `WITH locked AS (${LOCKED})
   UPDATE subscriptions SET due_at = clock_timestamp() FROM locked WHERE ${SAME} AND locked.due_at IS NULL ${KEYS}`,
);
const FLAG_REDELIVERIES = statement(
  'invariants.flag_redeliveries',
  `WITH locked AS (${LOCKED})
   UPDATE subscriptions SET has_redeliveries = true, due_at = CASE WHEN locked.due_at IS NULL OR locked.lease_token IS NOT NULL
                                                          THEN clock_timestamp() ELSE locked.due_at END
   FROM locked WHERE ${SAME} AND NOT locked.has_redeliveries ${KEYS}`,
);
const LOCK_CHATS = statement(
  'invariants.lock_chats',
  'SELECT 1 FROM chats WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE',
);
const REOPEN = statement(
  'invariants.reopen',
  `WITH locked AS (${LOCKED}), wrong AS (
     SELECT locked.*, locked.cursor_seq >= locked.ends_seq AS is_done, m.joined_seq
     FROM locked JOIN members m ON m.chat_id = locked.chat_id AND m.user_id = locked.bot_id AND m.state = 'joined'
     WHERE locked.ends_seq IS NOT NULL)
   UPDATE subscriptions SET ends_seq = NULL, due_at = coalesce(subscriptions.due_at, clock_timestamp()),
     cursor_seq = CASE WHEN is_done THEN greatest(locked.cursor_seq, locked.joined_seq - 1) ELSE locked.cursor_seq END,
     head_attempts = CASE WHEN is_done THEN 0 ELSE locked.head_attempts END,
     head_body = CASE WHEN is_done THEN NULL ELSE locked.head_body END
   FROM wrong AS locked WHERE ${SAME} ${KEYS}`,
);
const CLOSE = statement(
  'invariants.close',
  `WITH locked AS (${LOCKED})
   UPDATE subscriptions SET ends_seq = coalesce(
     (SELECT max(seq) FROM chat_events v WHERE v.chat_id = locked.chat_id AND v.subject_id = locked.bot_id AND v.type = 'member.left'),
     locked.cursor_seq)
   FROM locked WHERE ${SAME} AND locked.ends_seq IS NULL
     AND NOT EXISTS (SELECT FROM members m WHERE m.chat_id = locked.chat_id AND m.user_id = locked.bot_id AND m.state = 'joined')
   ${KEYS}`,
);
const ADD_EVENTS = statement(
  'invariants.add_events',
  `INSERT INTO delivery_events (type, endpoint_id, bot_id, details)
   SELECT 'invariant.repaired', endpoint_id, bot_id, details::jsonb
   FROM unnest($1::text[], $2::text[], $3::text[]) AS new (endpoint_id, bot_id, details)`,
);

/** Finds rows that violate an invariant, a page of a table at a time, and repairs subscriptions. */
@Injectable()
export class InvariantsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Checks the next page of a walk, unless another process holds it. Must run in a transaction.
   *
   * @returns the violations of the page
   */
  async nextPage(walk: Walk, limit: number): Promise<Violation[]> {
    const [position] = await this.database.query<Position>(CLAIM_WALK, [walk]);
    if (!position) {
      await this.database.query(BEGIN_WALK, [walk]);
      return [];
    }
    const rows = await this.database.query<Row>(...CHECKS[walk](position, limit));
    const last = rows.find(({ isLast }) => isLast);
    // After the last row of the table the walk begins anew.
    const next = last ? [last.endpointId, last.chatId, last.seq] : ['', '', 0];
    await this.database.query(MOVE_WALK, [walk, ...next]);
    return rows.filter(({ invariant }) => invariant !== null);
  }

  /** @returns the keys that were not due */
  makeDue(keys: readonly SubscriptionKey[]): Promise<SubscriptionKey[]> {
    return this.database.query(MAKE_DUE, columnsOf(keys));
  }

  /** @returns the keys without the flag */
  flagRedeliveries(keys: readonly SubscriptionKey[]): Promise<SubscriptionKey[]> {
    return this.database.query(FLAG_REDELIVERIES, columnsOf(keys));
  }

  /** @returns the keys whose bots are members */
  async reopen(keys: readonly SubscriptionKey[]): Promise<SubscriptionKey[]> {
    await this.lockChats(keys);
    return this.database.query(REOPEN, columnsOf(keys));
  }

  /** @returns the keys whose bots are not members */
  async close(keys: readonly SubscriptionKey[]): Promise<SubscriptionKey[]> {
    await this.lockChats(keys);
    return this.database.query(CLOSE, columnsOf(keys));
  }

  /** Reports repairs to operators. */
  async addEvents(repaired: readonly (Violation & { count: number })[]): Promise<void> {
    await this.database.query(ADD_EVENTS, [
      repaired.map(({ endpointId }) => endpointId),
      repaired.map(({ botId }) => botId),
      repaired.map(({ invariant, chatId, count }) => JSON.stringify({ invariant, chatId, count })),
    ]);
  }

  /** Locks the chats: members change only under the lock of their chat. */
  private async lockChats(keys: readonly SubscriptionKey[]): Promise<void> {
    await this.database.query(LOCK_CHATS, [keys.map(({ chatId }) => chatId)]);
  }
}

const columnsOf = (keys: readonly SubscriptionKey[]): [string[], string[]] => [
  keys.map(({ endpointId }) => endpointId),
  keys.map(({ chatId }) => chatId),
];
