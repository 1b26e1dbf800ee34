import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import { type ChatEventType, isLiveChat, isNotErased } from '../../chats/index.js';
import { readerOf } from '../message-visibility.js';
import type { FeedCursor } from './feed-cursor.js';

/** An entry of a log, wherever in the chats of a user. */
export interface FeedRow {
  chatId: string;
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  type: 'message.created' | ChatEventType;
  /** Who did it; null for the operator. */
  actorId: string | null;
  /** The message or the user that it is about. */
  subjectId: string | null;
}

/**
 * The time up to which nothing can be added to any log any more: when the oldest transaction that is still under way began.
 * An entry's time is read under its chat's lock, so it is later than the beginning of its transaction; whatever is not yet
 * committed lies behind this mark. Only Parley's own connections count: others write no entries. One that hangs would hold all
 * feeds up; after a minute, by when every time limit of ours has long cut it off, it is not waited for.
 */
const SETTLED_UNTIL = statement(
  'feed.settled_until',
  `SELECT floor(extract(epoch FROM greatest(now() - interval '1 minute', least(now(), (
     SELECT min(xact_start) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = current_setting('application_name')
       AND backend_type = 'client backend' AND pid <> pg_backend_pid())))) * 1000)::bigint AS at`,
);

/**
 * In the order of time, over all chats of the user. Each chat is asked for no more than a page; within a chat no two entries have
 * the same time, so at most one of them is the cursor's own.
 */
const ENTRIES = statement(
  'feed.entries',
  `WITH mine AS (
     SELECT chats.id, chats.last_at, greatest(members.joined_seq, chats.start_seq + 1) AS from_seq,
            greatest(to_timestamp($2 / 1000.0), members.history_from) AS since
     FROM members JOIN chats ON chats.id = members.chat_id
     WHERE members.user_id = $1 AND members.state = 'joined' AND chats.last_at >= to_timestamp($2 / 1000.0)
       AND ${isLiveChat('chats')}),
   entries AS (
     SELECT entry.* FROM mine CROSS JOIN LATERAL (
       (SELECT chat_id, seq, created_at, 'message.created' AS type, sender_id AS actor_id, id AS subject_id FROM messages
        WHERE chat_id = mine.id AND removed_at IS NULL AND seq >= mine.from_seq AND ${isNotErased('sender_id', 'messages.created_at')}
          AND created_at >= mine.since AND created_at < to_timestamp($5 / 1000.0)
        ORDER BY created_at LIMIT $6 + 1)
       UNION ALL
       (SELECT chat_id, seq, created_at, type, actor_id, subject_id FROM chat_events
        WHERE chat_id = mine.id AND seq >= mine.from_seq
          AND created_at >= mine.since AND created_at < to_timestamp($5 / 1000.0)
        ORDER BY created_at LIMIT $6 + 1)) entry
     WHERE (entry.created_at, entry.chat_id COLLATE "C", entry.seq) > (to_timestamp($2 / 1000.0), $3::text, $4::bigint)
     ORDER BY entry.created_at, entry.chat_id COLLATE "C", entry.seq LIMIT $6)
   SELECT unsettled.value AS "isUnsettled", chat_id AS "chatId", seq,
          round(extract(epoch FROM created_at) * 1000)::bigint AS at, type, actor_id AS "actorId", subject_id AS "subjectId"
   FROM (SELECT coalesce(bool_or(last_at >= to_timestamp($5 / 1000.0)), false) AS value FROM mine) unsettled
   LEFT JOIN entries ON true ORDER BY created_at, chat_id COLLATE "C", seq`,
);

const CHATS = statement(
  'feed.chats',
  `SELECT mine.chat_id AS "chatId", reader.only_addressed AS "onlyAddressed"
   FROM members mine CROSS JOIN LATERAL (${readerOf('mine.chat_id', '$1')}) reader
   WHERE mine.user_id = $1 AND mine.state = 'joined'`,
);

/** A chat that a user follows. */
export interface FeedChat {
  chatId: string;
  /** Whether only what is addressed to the user is visible to it. */
  onlyAddressed: boolean;
}

@Injectable()
export class FeedRepository {
  constructor(private readonly database: Database) {}

  /** @returns the time, in milliseconds, before which every log is as it will stay */
  async settledUntil(): Promise<number> {
    const [{ at }] = await this.database.query<{ at: number }>(SETTLED_UNTIL);
    return at;
  }

  /**
   * @param until of `settledUntil`, asked for before: what is committed between the two is then in the one or the other
   * @returns the entries behind the cursor, oldest first, and whether there are later ones than `until`
   */
  async entries(
    userId: string,
    { at, chatId, seq }: FeedCursor,
    until: number,
    limit: number,
  ): Promise<{ rows: FeedRow[]; isUnsettled: boolean }> {
    const rows = await this.database.query<FeedRow & { isUnsettled: boolean }>(ENTRIES, [
      userId,
      at,
      chatId,
      seq,
      until,
      limit,
    ]);
    return { rows: rows.filter((row) => row.chatId !== null), isUnsettled: rows[0].isUnsettled };
  }

  /** @returns the chats that the user is in */
  chats(userId: string): Promise<FeedChat[]> {
    return this.database.query<FeedChat>(CHATS, [userId]);
  }
}
