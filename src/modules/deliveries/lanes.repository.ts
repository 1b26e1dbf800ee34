import { Injectable } from '@nestjs/common';
import { Database, type Query, statement, together } from '../../core/database/database.js';

/** Which lane. */
export interface LaneKey {
  endpointId: string;
  chatId: string;
}

/** A lane that wants a worker. */
export interface DueLane extends LaneKey {
  /** Its entry has failed several times already: the people have stopped waiting. */
  isLate?: boolean;
}

/** Tries of an entry from which on it is late. */
const LATE_ATTEMPTS = 3;

// An endpoint that is added while its bot joins a chat must not miss that chat, nor the chat the endpoint. Both lock the bot
// before they look for the other, so whoever comes second sees what the first has committed.
const LOCK_BOT = statement('lanes.lock_bot', 'SELECT 1 FROM bots WHERE id = $1 FOR NO KEY UPDATE');
const SHARE_BOTS = statement('lanes.share_bots', 'SELECT 1 FROM bots WHERE id = ANY($1) ORDER BY id FOR SHARE');

// A chat counts its lanes, in the statement that opens or forgets them: so each of these is one round trip, and the count right.
const OPEN_ENDPOINT = statement(
  'lanes.open_endpoint',
  `WITH opened AS (
     INSERT INTO lanes (endpoint_id, chat_id, bot_id, cursor_seq)
     SELECT $1, c.id, $2, c.last_seq FROM members m JOIN chats c ON c.id = m.chat_id
     WHERE m.user_id = $2 AND m.state = 'joined'
     ON CONFLICT DO NOTHING RETURNING chat_id)
   UPDATE chats SET lane_count = lane_count + 1 FROM opened WHERE chats.id = opened.chat_id`,
);
const LOCK_CHATS_OF_BOT = statement(
  'lanes.lock_chats_of_bot',
  `SELECT c.id FROM chats c WHERE c.id IN (SELECT chat_id FROM members WHERE user_id = $1) ORDER BY c.id FOR NO KEY UPDATE`,
);
// A bot that comes back finds its old lane, and is not told what was said while it was away.
const OPEN_CHAT = statement(
  'lanes.open_chat',
  `WITH opened AS (
     INSERT INTO lanes (endpoint_id, chat_id, bot_id, cursor_seq)
     SELECT e.id, $1, e.bot_id, $2 FROM bot_endpoints e WHERE e.bot_id = ANY($3) AND e.transport = ANY($4)
     ON CONFLICT (endpoint_id, chat_id) DO UPDATE SET cursor_seq = greatest(lanes.cursor_seq, excluded.cursor_seq)
     RETURNING xmax = 0 AS is_new)
   UPDATE chats SET lane_count = lane_count + fresh.count
   FROM (SELECT count(*)::integer AS count FROM opened WHERE is_new) fresh WHERE chats.id = $1 AND fresh.count > 0`,
);
const LOCK_CHATS_OF_ENDPOINT = statement(
  'lanes.lock_chats_of_endpoint',
  `SELECT c.id FROM chats c WHERE c.id IN (SELECT chat_id FROM lanes WHERE endpoint_id = $1) ORDER BY c.id FOR NO KEY UPDATE`,
);
const FORGET_ENDPOINT = statement(
  'lanes.forget_endpoint',
  `UPDATE chats SET lane_count = lane_count - 1 WHERE id IN (SELECT chat_id FROM lanes WHERE endpoint_id = $1)`,
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

// Compares columns of the rows that it locks, nothing else: a lane that is being finished at this moment is either still leased,
// and will see that its due time has changed, or free, and is due from now on. The chats' rows are locked by the statement
// before it in the same transaction, so how long their logs are does not change under it. All who lock several lanes do so in
// one order.
const WAKE = statement(
  'lanes.wake',
  `WITH behind AS (
     SELECT l.endpoint_id, l.chat_id, c.last_seq FROM chats c JOIN lanes l ON l.chat_id = c.id
     WHERE c.id = ANY($1) AND l.cursor_seq < c.last_seq
     ORDER BY l.endpoint_id, l.chat_id FOR NO KEY UPDATE OF l)
   UPDATE lanes SET due_at = clock_timestamp(), rung_at = clock_timestamp()
   FROM behind WHERE lanes.endpoint_id = behind.endpoint_id AND lanes.chat_id = behind.chat_id
     AND cursor_seq < behind.last_seq AND (due_at IS NULL OR lease_until > clock_timestamp())
   RETURNING lanes.endpoint_id AS "endpointId", lanes.chat_id AS "chatId",
             lease_until IS NULL OR lease_until <= clock_timestamp() AS "isFree"`,
);

// A lane that is being served has read the message already, and may be about to write down what it has sent of it. So its row is
// told, and locked: what it writes afterwards looks there.
const ERASE = statement(
  'lanes.erase',
  `WITH concerned AS (
     SELECT endpoint_id, chat_id FROM lanes
     WHERE chat_id = $1 AND ((lease_token IS NOT NULL AND cursor_seq < $3)
                             OR (cursor_seq + 1 = ANY($2::bigint[]) AND head_body IS NOT NULL))
     ORDER BY endpoint_id FOR NO KEY UPDATE)
   UPDATE lanes SET
     head_body = CASE WHEN cursor_seq + 1 <> ALL($2::bigint[]) THEN head_body END,
     erased_seqs = CASE WHEN lease_token IS NULL THEN erased_seqs
                        ELSE erased_seqs || ARRAY(SELECT seq FROM unnest($2::bigint[]) seq WHERE seq > cursor_seq) END
   FROM concerned WHERE lanes.endpoint_id = concerned.endpoint_id AND lanes.chat_id = concerned.chat_id`,
);
const ERASE_ANSWERS = statement(
  'lanes.erase_answers',
  `UPDATE attempts SET response_head = '' FROM lanes
   WHERE lanes.chat_id = $1 AND attempts.endpoint_id = lanes.endpoint_id AND attempts.chat_id = $1
     AND attempts.seq = ANY($2::bigint[]) AND response_head <> ''`,
);

/** Lanes that could be served now. */
export const READY = `due_at <= statement_timestamp() AND (lease_until IS NULL OR lease_until <= statement_timestamp())
       AND NOT EXISTS (SELECT FROM endpoint_health h WHERE h.endpoint_id = lanes.endpoint_id
                         AND (h.is_paused OR h.state = 'disabled' OR h.blocked_until > statement_timestamp()))`;

const RING_AGAIN = statement(
  'lanes.ring_again',
  'UPDATE lanes SET rung_at = NULL WHERE endpoint_id = $1 AND due_at IS NOT NULL AND rung_at IS NOT NULL',
);

const SWEEP = statement(
  'lanes.sweep',
  `UPDATE lanes SET rung_at = clock_timestamp()
   WHERE (endpoint_id, chat_id) IN (
     SELECT endpoint_id, chat_id FROM lanes
     WHERE ${READY}
       AND (rung_at IS NULL OR rung_at < statement_timestamp() - $1 * interval '1 millisecond')
     ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
   RETURNING endpoint_id AS "endpointId", chat_id AS "chatId", head_attempts >= ${LATE_ATTEMPTS} AS "isLate"`,
);

/** The cursors. All times are the database's own: no worker's clock decides who may serve a lane. */
@Injectable()
export class LanesRepository {
  constructor(private readonly database: Database) {}

  /** Gives an endpoint a lane in each chat of its bot, from the end of the log on. */
  async openForEndpoint(endpointId: string, botId: string): Promise<void> {
    await together([
      this.database.query(LOCK_BOT, [botId]),
      this.database.query(LOCK_CHATS_OF_BOT, [botId]),
      this.database.query(OPEN_ENDPOINT, [endpointId, botId]),
    ]);
  }

  /** Gives the endpoints of bots that have joined a chat their lanes in it. */
  async openForChat(
    chatId: string,
    cursorSeq: number,
    userIds: readonly string[],
    transports: readonly string[],
  ): Promise<void> {
    await together([
      this.database.query(SHARE_BOTS, [userIds]),
      this.database.query(OPEN_CHAT, [chatId, cursorSeq, userIds, transports]),
    ]);
  }

  /** Lets the chats of an endpoint know that one lane fewer reads them. */
  async forgetEndpoint(endpointId: string): Promise<void> {
    await together([
      this.database.query(LOCK_CHATS_OF_ENDPOINT, [endpointId]),
      this.database.query(FORGET_ENDPOINT, [endpointId]),
    ]);
  }

  /** @returns of each endpoint that exists a word that changes with everything that can be known of it */
  endpointVersions(ids: readonly string[]): Promise<{ id: string; botId: string; version: string }[]> {
    return this.database.query(ENDPOINT_VERSIONS, [ids]);
  }

  /**
   * Takes note, chat by chat, that its log has grown: each lane that is behind is due from now on; one that waits for a retry
   * goes on waiting.
   *
   * @param disarming takes the chats' own note away, in the same transaction and before
   * @returns the lanes to serve: those that are being served just now will notice
   */
  async wake(chatIds: readonly string[], disarming: Query): Promise<LaneKey[]> {
    const [, lanes] = await this.database.together<[object[], (LaneKey & { isFree: boolean })[]]>(disarming, [
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

  /** The endpoint may be called again: its lanes need not wait until their last bell is thought lost. */
  async ringAgain(endpointId: string): Promise<void> {
    await this.database.query(RING_AGAIN, [endpointId]);
  }

  /** @returns lanes that are due, served by nobody, of endpoints that may be called, and were not rung within `rungWithinMs` */
  sweep(rungWithinMs: number, limit: number): Promise<DueLane[]> {
    return this.database.query<DueLane>(SWEEP, [rungWithinMs, limit]);
  }
}
