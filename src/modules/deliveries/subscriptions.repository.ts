import { Injectable } from '@nestjs/common';
import { Database, type Query, statement, settleAll } from '../../core/database/database.js';
import type { EndedMembership } from '../chats/index.js';

/** The key of a subscription. */
export interface SubscriptionKey {
  endpointId: string;
  chatId: string;
}

/** Maximum wait for a locked chat row. After that the chat is dispatched later, so that it does not delay others. */
const LOCK_TIMEOUT_MS = 150;
const LOCK_TIMEOUT = statement('subscriptions.lock_timeout', `SELECT set_config('lock_timeout', $1, true)`);

const LOCK_CHATS = statement(
  'subscriptions.lock_chats',
  'SELECT 1 FROM chats WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE',
);

/** Start of a cursor that is created after the bot joined: the last dispatched entry, or the entry before the join. */
const START = 'greatest(c.dispatched_seq, m.joined_seq - 1)';
const JOINED_BOTS = `members m JOIN bot_endpoints e ON e.bot_id = m.user_id JOIN chats c ON c.id = m.chat_id`;
const IS_MISSING = 'NOT EXISTS (SELECT FROM subscriptions s WHERE s.endpoint_id = e.id AND s.chat_id = c.id)';

// The first dispatch after an endpoint is added or its bot joins creates the subscription. Both may happen concurrently: the previous
// statement has locked the chats, so no bot joins or leaves. For an uncommitted endpoint the next dispatch creates the subscription,
// from the current end of the log on.
const CREATE_MISSING = statement(
  'subscriptions.create_missing',
  `INSERT INTO subscriptions (endpoint_id, chat_id, bot_id, cursor_seq)
   SELECT e.id, c.id, m.user_id, ${START} FROM ${JOINED_BOTS}
   WHERE m.chat_id = ANY($1) AND m.is_bot AND m.state = 'joined' AND c.pending_since IS NOT NULL AND ${IS_MISSING}
   ORDER BY e.id, c.id ON CONFLICT DO NOTHING`,
);
// Needs no lock of the chats: a concurrent dispatch creates the same row, and the second of the two finds that of the first.
const CREATE_FOR_ENDPOINT = statement(
  'subscriptions.create_for_endpoint',
  `INSERT INTO subscriptions (endpoint_id, chat_id, bot_id, cursor_seq)
   SELECT e.id, c.id, m.user_id, ${START} FROM ${JOINED_BOTS}
   WHERE e.id = $1 AND m.state = 'joined' AND ($2::text IS NULL OR m.chat_id = $2) AND ($3::timestamptz IS NULL OR c.last_at >= $3)
     AND ${IS_MISSING}
   ORDER BY e.id, c.id ON CONFLICT DO NOTHING`,
);

// Entries before the leave are still delivered. So a missing subscription is created now: the position of the join is not stored elsewhere.
const CLOSE = statement(
  'subscriptions.close',
  `INSERT INTO subscriptions (endpoint_id, chat_id, bot_id, cursor_seq, ends_seq)
   SELECT e.id, c.id, e.bot_id, greatest(c.dispatched_seq, m.joined_seq - 1), m.left_seq
   FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS m (user_id, joined_seq, left_seq)
   JOIN bot_endpoints e ON e.bot_id = m.user_id JOIN chats c ON c.id = $1
   ORDER BY e.id ON CONFLICT (endpoint_id, chat_id) DO UPDATE SET ends_seq = excluded.ends_seq`,
);
// A subscription that has reached its end starts anew; any other continues and skips the entries of the absence. Each move of a cursor
// resets the attempts of the entry after it.
const REOPEN = statement(
  'subscriptions.reopen',
  `WITH closed AS (
     SELECT endpoint_id, chat_id, cursor_seq >= ends_seq AS is_done FROM subscriptions
     WHERE chat_id = $1 AND bot_id = ANY($2) AND ends_seq IS NOT NULL ORDER BY endpoint_id FOR NO KEY UPDATE)
   UPDATE subscriptions SET
     ends_seq = NULL,
     cursor_seq = CASE WHEN is_done THEN greatest(cursor_seq, $3) ELSE cursor_seq END,
     head_attempts = CASE WHEN is_done THEN 0 ELSE head_attempts END,
     head_body = CASE WHEN is_done THEN NULL ELSE head_body END,
     gap_seq = CASE WHEN is_done THEN NULL ELSE gap_seq END
   FROM closed WHERE subscriptions.endpoint_id = closed.endpoint_id AND subscriptions.chat_id = closed.chat_id`,
);

// `xmin` is the transaction that last wrote a row, so it changes with every update. The version covers all rows of an endpoint's profile.
const ENDPOINT_VERSIONS = statement(
  'subscriptions.endpoint_versions',
  `SELECT e.id, e.bot_id AS "botId",
          concat_ws(' ', b.xmin, u.xmin, (SELECT max(created_at) FROM bot_tokens WHERE bot_id = e.bot_id),
            (SELECT string_agg(concat(o.id, o.xmin), ' ' ORDER BY o.id) FROM bot_endpoints o WHERE o.bot_id = e.bot_id)) AS version
   FROM bot_endpoints e JOIN bots b ON b.id = e.bot_id JOIN users u ON u.id = e.bot_id WHERE e.id = ANY($1)`,
);

// Reads the columns of the locked rows: the filter of an UPDATE would see the rows as they were when the statement began. A subscription
// with a token counts as served, even if its lease has expired: its worker may be alive, may have read the log before this entry and may
// be about to record that nothing is left. It then sees that the due time has changed. A previous statement of the transaction has locked
// the chats, so their logs do not grow meanwhile. All statements that lock several subscriptions use one order.
const DISPATCH = statement(
  'subscriptions.dispatch',
  `WITH behind AS (
     SELECT s.endpoint_id, s.chat_id, s.due_at IS NULL OR s.lease_token IS NOT NULL AS is_unaware
     FROM chats c JOIN subscriptions s ON s.chat_id = c.id
     WHERE c.id = ANY($1) AND s.cursor_seq < c.last_seq AND (s.ends_seq IS NULL OR s.cursor_seq < s.ends_seq)
       AND EXISTS (SELECT FROM bot_endpoints e WHERE e.id = s.endpoint_id)
     ORDER BY s.endpoint_id, s.chat_id FOR NO KEY UPDATE OF s)
   UPDATE subscriptions SET due_at = clock_timestamp()
   FROM behind WHERE subscriptions.endpoint_id = behind.endpoint_id AND subscriptions.chat_id = behind.chat_id AND behind.is_unaware
   RETURNING subscriptions.endpoint_id AS "endpointId", subscriptions.chat_id AS "chatId",
             lease_until IS NULL OR lease_until <= clock_timestamp() AS "isFree"`,
);

// The worker of a leased subscription may have read the message and be about to record what it sent. So the row is locked and marked, and
// the record checks the mark. All subscriptions of the chat are locked first, since one of them may be claimed concurrently.
const ERASE = statement(
  'subscriptions.erase',
  `WITH locked AS (
     SELECT endpoint_id, chat_id,
            (lease_token IS NOT NULL AND cursor_seq < $3)
              OR (cursor_seq + 1 = ANY($2::bigint[]) AND head_body IS NOT NULL) AS is_concerned
     FROM subscriptions WHERE chat_id = $1 ORDER BY endpoint_id FOR NO KEY UPDATE)
   UPDATE subscriptions SET
     head_body = CASE WHEN cursor_seq + 1 <> ALL($2::bigint[]) THEN head_body END,
     erased_seqs = CASE WHEN lease_token IS NULL THEN erased_seqs
                        ELSE erased_seqs || ARRAY(SELECT seq FROM unnest($2::bigint[]) seq WHERE seq > cursor_seq) END
   FROM locked WHERE subscriptions.endpoint_id = locked.endpoint_id AND subscriptions.chat_id = locked.chat_id AND locked.is_concerned`,
);
const ERASE_RESPONSES = statement(
  'subscriptions.erase_responses',
  `UPDATE attempts SET response_head = '' FROM subscriptions
   WHERE subscriptions.chat_id = $1 AND attempts.endpoint_id = subscriptions.endpoint_id AND attempts.chat_id = $1
     AND attempts.seq = ANY($2::bigint[]) AND response_head <> ''`,
);

/** Stores subscriptions. All times are the database's: no clock of a worker decides about a lease. */
@Injectable()
export class SubscriptionsRepository {
  constructor(private readonly database: Database) {}

  /** Creates the missing subscriptions of an endpoint. @param where one chat, or chats with entries since a time */
  async createForEndpoint(endpointId: string, where: { chatId?: string; since?: Date }): Promise<void> {
    await this.database.query(CREATE_FOR_ENDPOINT, [endpointId, where.chatId ?? null, where.since ?? null]);
  }

  /** Ends the subscriptions of bots that leave a chat at the entry of their leave. The chat must be locked. */
  async close(chatId: string, memberships: readonly EndedMembership[]): Promise<void> {
    await this.database.query(CLOSE, [
      chatId,
      memberships.map(({ userId }) => userId),
      memberships.map(({ joinedSeq }) => joinedSeq),
      memberships.map(({ leftSeq }) => leftSeq),
    ]);
  }

  /** Reopens the subscriptions of bots that rejoin a chat whose log ended at `lastSeq`. The chat must be locked. */
  async reopen(chatId: string, botIds: readonly string[], lastSeq: number): Promise<void> {
    await this.database.query(REOPEN, [chatId, botIds, lastSeq]);
  }

  /** @returns a version of each existing endpoint that changes with every change of its profile */
  endpointVersions(ids: readonly string[]): Promise<{ id: string; botId: string; version: string }[]> {
    return this.database.query(ENDPOINT_VERSIONS, [ids]);
  }

  /**
   * Dispatches chats: creates missing subscriptions and makes each one that is behind due now, unless it waits for a retry. One round
   * trip.
   *
   * @param clearPending marks the chats as dispatched, earlier in the same transaction
   * @returns the subscriptions to serve, without those that are leased: their workers notice the change
   * @throws if a row is locked for too long; nothing is changed then
   */
  async dispatch(chatIds: readonly string[], clearPending: Query): Promise<SubscriptionKey[]> {
    const [, , , , woken] = await this.database.pipeline<
      [object[], object[], object[], object[], (SubscriptionKey & { isFree: boolean })[]]
    >([LOCK_TIMEOUT, [String(LOCK_TIMEOUT_MS)]], [LOCK_CHATS, [chatIds]], [CREATE_MISSING, [chatIds]], clearPending, [
      DISPATCH,
      [chatIds],
    ]);
    return woken.filter(({ isFree }) => isFree);
  }

  /** Erases the request and response bodies of these entries. */
  async erase(chatId: string, seqs: readonly number[]): Promise<void> {
    await settleAll([
      this.database.query(ERASE, [chatId, seqs, seqs.reduce((newest, seq) => Math.max(newest, seq), 0)]),
      this.database.query(ERASE_RESPONSES, [chatId, seqs]),
    ]);
  }
}
