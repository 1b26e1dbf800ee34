import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import { type ChatEventType, isLiveChat, isNotErased } from '../../chats/index.js';
import { readerOf } from '../message-visibility.js';
import type { FeedCursor } from './feed-cursor.js';

/** An entry of the log of one of a user's chats. */
export interface FeedRow {
  chatId: string;
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  type: 'message.created' | ChatEventType;
  /** The user that caused the event; null for an API credential. */
  actorId: string | null;
  /** The message or user that the event is about. */
  subjectId: string | null;
}

/**
 * Sorted by time over all chats of the user. Each chat is read for at most one page. Within a chat no two entries have the same time,
 * so at most one of them is the cursor's own.
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
   SELECT (extract(epoch FROM unsettled.at) * 1000)::bigint AS "unsettledAt", chat_id AS "chatId", seq,
          round(extract(epoch FROM created_at) * 1000)::bigint AS at, type, actor_id AS "actorId", subject_id AS "subjectId"
   FROM (SELECT max(last_at) FILTER (WHERE last_at >= to_timestamp($5 / 1000.0) AND last_at < statement_timestamp() + interval '1 day') AS at FROM mine) unsettled
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
  /** Whether only messages addressed to the user are visible to it. */
  onlyAddressed: boolean;
}

@Injectable()
export class FeedRepository {
  constructor(private readonly database: Database) {}

  /**
   * @param until the result of `ChatLogClock.readSettledTime`, read before: an entry committed in between is in one of the two results
   * @returns the entries after the cursor, oldest first, and the time of the newest entry that is not before `until`
   */
  async findEntries(
    userId: string,
    { at, chatId, seq }: FeedCursor,
    until: number,
    limit: number,
  ): Promise<{ rows: FeedRow[]; unsettledAt: number | null }> {
    const rows = await this.database.query<FeedRow & { unsettledAt: number | null }>(ENTRIES, [
      userId,
      at,
      chatId,
      seq,
      until,
      limit,
    ]);
    return { rows: rows.filter((row) => row.chatId !== null), unsettledAt: rows[0].unsettledAt };
  }

  /** @returns the chats that the user is in */
  findChats(userId: string): Promise<FeedChat[]> {
    return this.database.query<FeedChat>(CHATS, [userId]);
  }
}
