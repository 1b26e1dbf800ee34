import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { isLiveMessage } from '../chats/index.js';
import { isVisibleTo, readerOf } from './message-visibility.js';

const UNREAD_COLUMNS = `count(*) AS unread,
  count(*) FILTER (WHERE message.mention_type = 'channel' OR m.user_id = ANY(message.mentioned_ids)) AS mentions`;
const READER = `CROSS JOIN LATERAL (${readerOf('m.chat_id', 'm.user_id')}) reader`;
const UNREAD_MESSAGES = `message.chat_id = m.chat_id AND message.seq > m.read_seq AND message.removed_at IS NULL
  AND message.sender_id IS DISTINCT FROM m.user_id AND ${isVisibleTo('message', 'reader')}`;

const UNREAD = statement(
  'receipts.unread',
  `SELECT m.chat_id AS "chatId", m.user_id AS "userId", counted.unread, counted.mentions
   FROM unnest($1::text[], $2::text[]) AS wanted (chat_id, user_id) JOIN members m USING (chat_id, user_id)
   ${READER} CROSS JOIN LATERAL (SELECT ${UNREAD_COLUMNS} FROM messages message WHERE ${UNREAD_MESSAGES}) counted
   WHERE m.state = 'joined'`,
);
const UNREAD_IN_GROUPS = statement(
  'receipts.unread_in_groups',
  `SELECT count(*) AS count FROM members m JOIN chats c ON c.id = m.chat_id ${READER} JOIN messages message ON ${UNREAD_MESSAGES}
   WHERE m.user_id = $1 AND m.state = 'joined' AND c.kind = 'group' AND ($2::text[] IS NULL OR c.custom_type = ANY($2))`,
);
const GROUP_HEADS = statement(
  'receipts.group_heads',
  `SELECT c.id AS "chatId", c.last_seq AS "lastSeq" FROM members m JOIN chats c ON c.id = m.chat_id
   WHERE m.user_id = $1 AND m.state = 'joined' AND c.kind = 'group' AND ($2::text[] IS NULL OR c.id = ANY($2))
   ORDER BY m.chat_id LIMIT $3`,
);
// A page of all groups of a user, for a task that may run long after the request.
const GROUP_HEADS_AT = statement(
  'receipts.group_heads_at',
  `SELECT c.id AS "chatId", coalesce((
     SELECT message.seq FROM messages message WHERE message.chat_id = c.id AND message.seq > m.read_seq AND message.created_at <= $2
       AND ${isLiveMessage('message')}
     ORDER BY message.seq DESC LIMIT 1), m.read_seq) AS "lastSeq"
   FROM members m JOIN chats c ON c.id = m.chat_id
   WHERE m.user_id = $1 AND m.state = 'joined' AND c.kind = 'group' AND m.chat_id > $3 ORDER BY m.chat_id LIMIT $4`,
);
const LAST_SEQ_UNTIL = statement(
  'receipts.last_seq_until',
  `SELECT coalesce(max(seq), 0) AS seq FROM messages WHERE chat_id = $1 AND created_at <= $2 AND ${isLiveMessage('messages')}`,
);

/** The unread messages of a member in a chat. */
export interface UnreadCount {
  chatId: string;
  userId: string;
  unread: number;
  /** The number of unread messages that mention the member or all members. */
  mentions: number;
}

/** The end of a group's log. */
export interface ChatHead {
  chatId: string;
  lastSeq: number;
}

/** Reads the messages table for read receipts. The receipts themselves are columns of the members. */
@Injectable()
export class ReadReceiptsRepository {
  constructor(private readonly database: Database) {}

  /** Only of joined members; other pairs are omitted. */
  countUnread(pairs: readonly { chatId: string; userId: string }[]): Promise<UnreadCount[]> {
    return this.database.query(UNREAD, [pairs.map(({ chatId }) => chatId), pairs.map(({ userId }) => userId)]);
  }

  async countUnreadInGroups(userId: string, customTypes?: readonly string[]): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(UNREAD_IN_GROUPS, [userId, customTypes ?? null]);
    return row.count;
  }

  /** The ends of the logs of a user's groups. */
  findGroupHeads(userId: string, chatIds: readonly string[] | undefined, limit: number): Promise<ChatHead[]> {
    return this.database.query(GROUP_HEADS, [userId, chatIds ?? null, limit]);
  }

  /** As `findGroupHeads` at an earlier time, for the groups whose ids follow `after`. */
  findGroupHeadsAt(userId: string, at: Date, after: string, limit: number): Promise<ChatHead[]> {
    return this.database.query(GROUP_HEADS_AT, [userId, at, after, limit]);
  }

  /** The sequence number of the newest message up to a time. @returns 0 if there is none */
  async findLastSeq(chatId: string, until: Date): Promise<number> {
    const [row] = await this.database.query<{ seq: number }>(LAST_SEQ_UNTIL, [chatId, until]);
    return row.seq;
  }
}
