import { Injectable } from '@nestjs/common';
import { Database, type Query, statement, together } from '../../core/database/database.js';
import type { EndedMembership } from '../chats/index.js';

/** Which lane. */
export interface LaneKey {
  endpointId: string;
  chatId: string;
}

/** A chat whose row is locked for longer is left to be dispatched later, so that it does not hold up the others. */
const LOCK_TIMEOUT_MS = 150;
const LOCK_TIMEOUT = statement('lanes.lock_timeout', `SELECT set_config('lock_timeout', $1, true)`);

const LOCK_CHATS = statement(
  'lanes.lock_chats',
  'SELECT 1 FROM chats WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE',
);

/** Where a cursor starts that is made later than its membership: at the log's end, or with the bot's own joining. */
const START = 'greatest(c.dispatched_seq, m.joined_seq - 1)';
const JOINED_BOTS = `members m JOIN bot_endpoints e ON e.bot_id = m.user_id JOIN chats c ON c.id = m.chat_id`;
const IS_MISSING = 'NOT EXISTS (SELECT FROM lanes l WHERE l.endpoint_id = e.id AND l.chat_id = c.id)';

// A cursor is made when its chat is dispatched for the first time since the endpoint was added, or its bot has joined. Both may happen
// at this moment: the chats' rows are locked by the statement before it, so no bot joins or leaves, and of an endpoint that is not
// committed yet the cursor is made at the next dispatch, from the log's present end on.
const OPEN_MISSING = statement(
  'lanes.open_missing',
  `INSERT INTO lanes (endpoint_id, chat_id, bot_id, cursor_seq)
   SELECT e.id, c.id, m.user_id, ${START} FROM ${JOINED_BOTS}
   WHERE m.chat_id = ANY($1) AND m.is_bot AND m.state = 'joined' AND c.armed_at IS NOT NULL AND ${IS_MISSING}
   ORDER BY e.id, c.id ON CONFLICT DO NOTHING`,
);
// Without the chats' locks: of the same cursor a dispatch makes the same, and the second of the two finds that of the first.
const OPEN_ENDPOINT = statement(
  'lanes.open_endpoint',
  `INSERT INTO lanes (endpoint_id, chat_id, bot_id, cursor_seq)
   SELECT e.id, c.id, m.user_id, ${START} FROM ${JOINED_BOTS}
   WHERE e.id = $1 AND m.state = 'joined' AND ($2::text IS NULL OR m.chat_id = $2) AND ($3::timestamptz IS NULL OR c.last_at >= $3)
     AND ${IS_MISSING}
   ORDER BY e.id, c.id ON CONFLICT DO NOTHING`,
);

// What was said before is still delivered, so a cursor that was not needed yet is made now: nothing else knows any more when the bot
// had joined.
const CLOSE = statement(
  'lanes.close',
  `INSERT INTO lanes (endpoint_id, chat_id, bot_id, cursor_seq, ends_seq)
   SELECT e.id, c.id, e.bot_id, greatest(c.dispatched_seq, m.joined_seq - 1), m.left_seq
   FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS m (user_id, joined_seq, left_seq)
   JOIN bot_endpoints e ON e.bot_id = m.user_id JOIN chats c ON c.id = $1
   ORDER BY e.id ON CONFLICT (endpoint_id, chat_id) DO UPDATE SET ends_seq = excluded.ends_seq`,
);
// One that has come to its end starts anew; one that has not goes on, and skips what was said meanwhile. Whatever moves a cursor
// forgets the tries of the entry that was behind it.
const REOPEN = statement(
  'lanes.reopen',
  `WITH closed AS (
     SELECT endpoint_id, chat_id, cursor_seq >= ends_seq AS is_done FROM lanes
     WHERE chat_id = $1 AND bot_id = ANY($2) AND ends_seq IS NOT NULL ORDER BY endpoint_id FOR NO KEY UPDATE)
   UPDATE lanes SET
     ends_seq = NULL,
     cursor_seq = CASE WHEN is_done THEN greatest(cursor_seq, $3) ELSE cursor_seq END,
     head_attempts = CASE WHEN is_done THEN 0 ELSE head_attempts END,
     head_body = CASE WHEN is_done THEN NULL ELSE head_body END,
     gap_seq = CASE WHEN is_done THEN NULL ELSE gap_seq END
   FROM closed WHERE lanes.endpoint_id = closed.endpoint_id AND lanes.chat_id = closed.chat_id`,
);

// `xmin` is the transaction that has written a row: it changes with whatever changes in it. Asked of every row that an endpoint's
// profile is made of; what is in them is the affair of their own modules.
const ENDPOINT_VERSIONS = statement(
  'lanes.endpoint_versions',
  `SELECT e.id, e.bot_id AS "botId",
          concat_ws(' ', b.xmin, u.xmin, (SELECT max(created_at) FROM bot_tokens WHERE bot_id = e.bot_id),
            (SELECT string_agg(concat(o.id, o.xmin), ' ' ORDER BY o.id) FROM bot_endpoints o WHERE o.bot_id = e.bot_id)) AS version
   FROM bot_endpoints e JOIN bots b ON b.id = e.bot_id JOIN users u ON u.id = e.bot_id WHERE e.id = ANY($1)`,
);

// Decides by columns of rows that it has locked, as they are then: the filter of an UPDATE looks at rows as they were when the statement
// began. A subscription with a token is served, also if its lease has run out meanwhile: its worker may be alive, has read the log before
// this entry came, and is about to write that nothing is left. It sees that the due time is another one than it has served. The chats'
// rows are locked by a statement before it in the same transaction, so how long their logs are does not change under it. All
// statements that lock several subscriptions do so in one order.
const WAKE = statement(
  'lanes.wake',
  `WITH behind AS (
     SELECT l.endpoint_id, l.chat_id, l.due_at IS NULL OR l.lease_token IS NOT NULL AS is_unaware
     FROM chats c JOIN lanes l ON l.chat_id = c.id
     WHERE c.id = ANY($1) AND l.cursor_seq < c.last_seq AND (l.ends_seq IS NULL OR l.cursor_seq < l.ends_seq)
       AND EXISTS (SELECT FROM bot_endpoints e WHERE e.id = l.endpoint_id)
     ORDER BY l.endpoint_id, l.chat_id FOR NO KEY UPDATE OF l)
   UPDATE lanes SET due_at = clock_timestamp()
   FROM behind WHERE lanes.endpoint_id = behind.endpoint_id AND lanes.chat_id = behind.chat_id AND behind.is_unaware
   RETURNING lanes.endpoint_id AS "endpointId", lanes.chat_id AS "chatId",
             lease_until IS NULL OR lease_until <= clock_timestamp() AS "isFree"`,
);

// A subscription that is being served has read the message already, and may be about to write down what it has sent of it. So its row is
// marked, and locked: what it writes afterwards looks there. All of the chat are locked before anything is decided: one of them may just
// be leased.
const ERASE = statement(
  'lanes.erase',
  `WITH locked AS (
     SELECT endpoint_id, chat_id,
            (lease_token IS NOT NULL AND cursor_seq < $3)
              OR (cursor_seq + 1 = ANY($2::bigint[]) AND head_body IS NOT NULL) AS is_concerned
     FROM lanes WHERE chat_id = $1 ORDER BY endpoint_id FOR NO KEY UPDATE)
   UPDATE lanes SET
     head_body = CASE WHEN cursor_seq + 1 <> ALL($2::bigint[]) THEN head_body END,
     erased_seqs = CASE WHEN lease_token IS NULL THEN erased_seqs
                        ELSE erased_seqs || ARRAY(SELECT seq FROM unnest($2::bigint[]) seq WHERE seq > cursor_seq) END
   FROM locked WHERE lanes.endpoint_id = locked.endpoint_id AND lanes.chat_id = locked.chat_id AND locked.is_concerned`,
);
const ERASE_ANSWERS = statement(
  'lanes.erase_answers',
  `UPDATE attempts SET response_head = '' FROM lanes
   WHERE lanes.chat_id = $1 AND attempts.endpoint_id = lanes.endpoint_id AND attempts.chat_id = $1
     AND attempts.seq = ANY($2::bigint[]) AND response_head <> ''`,
);

/** The cursors. All times are the database's own: no worker's clock decides who may serve a lane. */
@Injectable()
export class LanesRepository {
  constructor(private readonly database: Database) {}

  /** Makes the cursors of an endpoint that were not needed yet. @param where one chat, or those of which something is newer */
  async openForEndpoint(endpointId: string, where: { chatId?: string; since?: Date }): Promise<void> {
    await this.database.query(OPEN_ENDPOINT, [endpointId, where.chatId ?? null, where.since ?? null]);
  }

  /** Ends the subscriptions of bots that leave a chat, whose row is locked, with their own leaving. */
  async close(chatId: string, memberships: readonly EndedMembership[]): Promise<void> {
    await this.database.query(CLOSE, [
      chatId,
      memberships.map(({ userId }) => userId),
      memberships.map(({ joinedSeq }) => joinedSeq),
      memberships.map(({ leftSeq }) => leftSeq),
    ]);
  }

  /** Bots come back into a chat, whose row is locked and whose log has ended at `lastSeq`. */
  async reopen(chatId: string, botIds: readonly string[], lastSeq: number): Promise<void> {
    await this.database.query(REOPEN, [chatId, botIds, lastSeq]);
  }

  /** @returns of each endpoint that exists a word that changes with everything that can be known of it */
  endpointVersions(ids: readonly string[]): Promise<{ id: string; botId: string; version: string }[]> {
    return this.database.query(ENDPOINT_VERSIONS, [ids]);
  }

  /**
   * Dispatches chats whose logs have grown: makes the cursors that are missing, and each that is behind is due from now on; one that
   * waits for a retry goes on waiting. One round trip.
   *
   * @param disarming marks the chats as dispatched, in the same transaction and before
   * @returns the lanes to serve: those that are being served just now will notice
   * @throws when a row is locked for too long; nothing is changed then
   */
  async wake(chatIds: readonly string[], disarming: Query): Promise<LaneKey[]> {
    const [, , , , lanes] = await this.database.together<
      [object[], object[], object[], object[], (LaneKey & { isFree: boolean })[]]
    >([LOCK_TIMEOUT, [String(LOCK_TIMEOUT_MS)]], [LOCK_CHATS, [chatIds]], [OPEN_MISSING, [chatIds]], disarming, [
      WAKE,
      [chatIds],
    ]);
    return lanes.filter(({ isFree }) => isFree);
  }

  /** Forgets what was sent of these entries, and what was answered. */
  async erase(chatId: string, seqs: readonly number[]): Promise<void> {
    await together([
      this.database.query(ERASE, [chatId, seqs, seqs.reduce((newest, seq) => Math.max(newest, seq), 0)]),
      this.database.query(ERASE_ANSWERS, [chatId, seqs]),
    ]);
  }
}
