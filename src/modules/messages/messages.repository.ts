import { Injectable } from '@nestjs/common';
import { Database, statement, settleAll } from '../../core/database/database.js';
import { batchable, BatchedQuery } from '../../core/database/batched-query.js';
import { assignments, columnList, insertRecords } from '../../core/database/entity-columns.js';
import { groupByPosition, positionColumns, isLiveMessage, isNotErased, type ChatLogPosition } from '../chats/index.js';
import { userColumns, type UserEntity } from '../users/index.js';
import { CLEARED_FIELDS, MessageEntity } from './message.entity.js';
import type { AroundQuery } from './message.types.js';
import { isVisibleTo, isVisibleToUser, readerOf } from './message-visibility.js';

/** Ordered, so that `num` rises. */
const INSERT = statement(
  'messages.insert',
  `${insertRecords('messages', MessageEntity, {}, ['chatId', 'seq'])} RETURNING id, num`,
);

/** The fields of a message that can change. */
const CHANGING_FIELDS = [
  'body',
  'customType',
  'data',
  'mentionType',
  'mentionedIds',
  'attachmentIds',
  'extras',
  'updatedAt',
  'removedAt',
] as const satisfies (keyof MessageEntity)[];
const UPDATE = statement(
  'messages.update',
  `UPDATE messages SET ${assignments(MessageEntity, CHANGING_FIELDS, (_, n) => `$${n + 2}`)} WHERE id = $1`,
);

/** Columns of the table itself; where other tables are joined, of a subquery. */
export const COLUMNS = columnList(MessageEntity);

/** Excludes messages deleted with their chat. */
const NOT_DELETED = isLiveMessage('messages');

const FIND_MANY = statement(
  'messages.find_many',
  `SELECT ${COLUMNS} FROM messages WHERE id = ANY($1) AND ${NOT_DELETED}`,
);
const FIND_BY_NUMS = statement(
  'messages.find_by_nums',
  `SELECT ${COLUMNS} FROM messages WHERE num = ANY($1) AND ${NOT_DELETED}`,
);
const FIND_BY_DEDUP_KEYS = statement(
  'messages.find_by_dedup_keys',
  `WITH wanted AS (SELECT * FROM unnest($1::text[], $2::text[]) AS wanted (by_id, name))
   SELECT ${COLUMNS} FROM messages JOIN wanted ON sender_id = by_id AND dedup_key = name WHERE ${NOT_DELETED}
   UNION ALL SELECT ${COLUMNS} FROM messages JOIN wanted ON by_id IS NULL AND sender_id IS NULL AND dedup_key = name
   WHERE ${NOT_DELETED}`,
);

/**
 * The page of the messages visible to the reader `$4` that skips the newest `$2` of them. An offset would read all skipped rows. Because
 * entries of a log are numbered without gaps, the position can be computed: from the log's end down, past the entries that are not shown
 * (events and removed messages, few in any chat, and messages not visible to the reader). The i-th of those, counted from 0, lies above
 * the page if fewer than `$2` messages are shown above it; each such entry moves the page one entry further down. The lower end of the
 * page is computed with a margin in the same way, so that even a planner without statistics of the chat reads no more than the page.
 */
const PAGE = batchable(
  'messages.page',
  `WITH chat AS (SELECT last_seq, start_seq, message_count FROM chats WHERE id = $1),
        reader AS (${readerOf('$1', '$4')}),
        history AS (SELECT greatest(chat.start_seq, (
          SELECT seq FROM messages WHERE chat_id = $1 AND created_at <= (SELECT history_from FROM reader)
          ORDER BY created_at DESC LIMIT 1)) AS start FROM chat),
        gap AS (SELECT seq, is_unseen, row_number() OVER (ORDER BY seq DESC) - 1 AS above FROM (
          SELECT seq, false AS is_unseen FROM chat_events WHERE chat_id = $1 AND seq > (SELECT start FROM history)
          UNION ALL SELECT seq, false FROM messages WHERE chat_id = $1 AND removed_at IS NOT NULL AND seq > (SELECT start FROM history)
          UNION ALL SELECT message.seq, true FROM reader JOIN hidden_messages hidden USING (user_id)
            JOIN messages message ON message.id = hidden.message_id
            WHERE NOT reader.only_addressed AND message.chat_id = $1 AND message.removed_at IS NULL
              AND message.seq > (SELECT start FROM history)
          UNION ALL SELECT message.seq, true FROM reader JOIN messages message ON message.chat_id = $1
            WHERE reader.only_addressed AND message.removed_at IS NULL AND message.seq > (SELECT start FROM history)
              AND NOT (${isVisibleTo('message', 'reader')})) gaps),
        top AS (SELECT last_seq - $2 - (SELECT count(*) FROM gap WHERE last_seq - gap.seq - gap.above <= $2) AS seq FROM chat)
   SELECT CASE WHEN history.start = chat.start_seq THEN chat.message_count - (SELECT count(*) FROM gap WHERE is_unseen)
               ELSE chat.last_seq - history.start - (SELECT count(*) FROM gap) END AS "total", page.*
   FROM chat CROSS JOIN history CROSS JOIN reader LEFT JOIN LATERAL (
     SELECT ${COLUMNS} FROM messages
     WHERE chat_id = $1 AND removed_at IS NULL AND seq > history.start AND ${isVisibleTo('messages', 'reader')}
       AND seq <= (SELECT seq FROM top) AND seq > (SELECT seq FROM top) - $3 - (SELECT count(*) FROM gap)
     ORDER BY seq DESC LIMIT $3) page ON true`,
  ['text', 'bigint', 'bigint', 'text'],
);

/** With a filter the count covers an index range, and `since` keeps that range short: clients look for new messages. */
const FILTER = ['text', 'bigint', 'bigint', 'text', 'numeric', 'text'];
const FILTERED_PAGE = batchable(
  'messages.filtered_page',
  `WITH reader AS (${readerOf('$1', '$6')})
   SELECT total.count AS "total", page.* FROM (
     SELECT count(*) FROM messages CROSS JOIN reader WHERE chat_id = $1 AND removed_at IS NULL
       AND sender_id = $4 AND created_at > to_timestamp($5 / 1000.0) AND ${isVisibleTo('messages', 'reader')}) total
   LEFT JOIN LATERAL (
     SELECT ${COLUMNS} FROM messages CROSS JOIN reader WHERE chat_id = $1 AND removed_at IS NULL
       AND sender_id = $4 AND created_at > to_timestamp($5 / 1000.0) AND ${isVisibleTo('messages', 'reader')}
     ORDER BY created_at DESC LIMIT $3 OFFSET $2) page ON true`,
  FILTER,
);
const SINCE_PAGE = batchable(
  'messages.since_page',
  FILTERED_PAGE.single.text.replaceAll('AND sender_id = $4', 'AND $4::text IS NULL'),
  FILTER,
);

const AROUND_FILTER = `chat_id = $1 AND ${NOT_DELETED} AND ($6 OR removed_at IS NULL) AND ($7::text[] IS NULL OR sender_id = ANY($7))
  AND ($8::text IS NULL OR kind = $8) AND ($9::text[] IS NULL OR custom_type = ANY($9))
  AND ($10::boolean IS NULL OR $10 = EXISTS (
    SELECT FROM members m WHERE m.chat_id = $1 AND m.user_id = sender_id AND m.role = 'operator'))
  AND (NOT $11 OR parent_id IS NULL)
  AND ($12::text IS NULL OR ${isVisibleToUser('messages', '$12')})`;
/** The message of exactly that time is returned in addition to the messages before and after it. */
const AROUND = statement(
  'messages.around',
  `SELECT * FROM (
     (SELECT ${COLUMNS} FROM messages WHERE created_at < to_timestamp($2 / 1000.0) AND ${AROUND_FILTER}
      ORDER BY created_at DESC LIMIT $3)
     UNION ALL
     (SELECT ${COLUMNS} FROM messages WHERE created_at = to_timestamp($2 / 1000.0) AND $5 AND ${AROUND_FILTER})
     UNION ALL
     (SELECT ${COLUMNS} FROM messages WHERE created_at > to_timestamp($2 / 1000.0) AND ${AROUND_FILTER}
      ORDER BY created_at LIMIT $4)) found
   ORDER BY seq`,
);

const THREADS = statement(
  'messages.threads',
  `SELECT parent_id AS "parentId", count(*) AS "replyCount", max(created_at) AS "lastReplyAt",
          (array_agg(DISTINCT sender_id) FILTER (WHERE sender_id IS NOT NULL)) AS "senderIds"
   FROM messages WHERE parent_id = ANY($1) AND removed_at IS NULL AND ${NOT_DELETED} GROUP BY parent_id`,
);
const REPLIERS = statement(
  'messages.repliers',
  `SELECT ${userColumns('u')} FROM users u WHERE u.id IN (
     SELECT sender_id FROM messages WHERE parent_id = ANY($1) AND removed_at IS NULL AND ${NOT_DELETED})`,
);

const LOGS = statement(
  'messages.logs',
  `SELECT entry.*, page.place, entry.seq <= chat.start_seq OR NOT ${isNotErased('entry."senderId"', 'entry."createdAt"')} AS "isDeleted"
   FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS page (chat_id, after_seq, place)
   JOIN chats chat ON chat.id = page.chat_id CROSS JOIN LATERAL (
     SELECT ${COLUMNS} FROM messages WHERE chat_id = page.chat_id AND seq > page.after_seq ORDER BY seq LIMIT $3) entry`,
);

const NEWEST = statement(
  'messages.newest',
  `SELECT newest.* FROM unnest($1::text[]) AS chat (id) CROSS JOIN LATERAL (
     SELECT ${COLUMNS} FROM messages WHERE chat_id = chat.id AND removed_at IS NULL AND ${NOT_DELETED} ORDER BY seq DESC LIMIT 1) newest`,
);

const RELEASE_DEDUP_KEYS = statement(
  'messages.release_dedup_keys',
  `UPDATE messages SET dedup_key = NULL FROM unnest($1::text[], $2::text[]) AS wanted (by_id, name)
   WHERE sender_id = by_id AND dedup_key = name AND NOT ${NOT_DELETED}`,
);

/** Whether an insert failed because another message has the sender's idempotency key. */
export const isDedupKeyTaken = (error: unknown): boolean =>
  (error as { constraint?: string }).constraint === 'messages_sender_id_dedup_key_idx';

/** The messages around a time. */
export type TimeQuery = Omit<AroundQuery, 'anchor' | 'visibleTo'> & { at: number };

/** The replies to a message. */
export interface Thread {
  parentId: string;
  replyCount: number;
  lastReplyAt: Date;
  repliers: UserEntity[];
}

type ThreadRow = Omit<Thread, 'repliers'> & { senderIds: string[] | null };

/** An entry of a log. A message cleared with the chat's history is read as removed, whether or not its row is emptied yet. */
type LogRow = MessageEntity & { place: number; isDeleted: boolean };

/** Maximum rows of a page that shares a statement with other pages. */
const MAX_SHARED_ROWS = 100;

interface Row extends MessageEntity {
  total: number;
}

@Injectable()
export class MessagesRepository {
  private readonly pages: BatchedQuery<Row>;
  private readonly filteredPages: BatchedQuery<Row>;
  private readonly pagesSince: BatchedQuery<Row>;

  constructor(private readonly database: Database) {
    this.pages = new BatchedQuery(database, PAGE);
    this.filteredPages = new BatchedQuery(database, FILTERED_PAGE);
    this.pagesSince = new BatchedQuery(database, SINCE_PAGE);
  }

  /** Inserts the messages and fills in their `num`. */
  async insert(messages: readonly MessageEntity[]): Promise<void> {
    const rows = await this.database.query<{ id: string; num: number }>(INSERT, [JSON.stringify(messages)]);
    const nums = new Map(rows.map(({ id, num }) => [id, num]));
    for (const message of messages) message.num = nums.get(message.id)!;
  }

  /** Writes all fields of a message that can change. */
  async update(message: MessageEntity): Promise<void> {
    await this.database.query(UPDATE, [message.id, ...CHANGING_FIELDS.map((field) => message[field])]);
  }

  async find(id: string): Promise<MessageEntity | undefined> {
    return (await this.findMany([id]))[0];
  }

  async findByNum(chatId: string, num: number): Promise<MessageEntity | undefined> {
    const [message] = await this.findByNums([num]);
    return message?.chatId === chatId ? message : undefined;
  }

  findMany(ids: readonly string[]): Promise<MessageEntity[]> {
    return this.database.query<MessageEntity>(FIND_MANY, [ids]);
  }

  findByNums(nums: readonly number[]): Promise<MessageEntity[]> {
    return this.database.query<MessageEntity>(FIND_BY_NUMS, [nums]);
  }

  findByDedupKeys(pairs: readonly { senderId: string | null; dedupKey: string }[]): Promise<MessageEntity[]> {
    return this.database.query<MessageEntity>(FIND_BY_DEDUP_KEYS, [
      pairs.map(({ senderId }) => senderId),
      pairs.map(({ dedupKey }) => dedupKey),
    ]);
  }

  /** A message that is deleted with its chat and whose row still exists does not block the sender from using the key again. */
  async releaseDedupKeys(pairs: readonly { senderId: string | null; dedupKey: string }[]): Promise<void> {
    await this.database.query(RELEASE_DEDUP_KEYS, [
      pairs.map(({ senderId }) => senderId),
      pairs.map(({ dedupKey }) => dedupKey),
    ]);
  }

  /** Newest first. @param readerId null for all messages @param skip the number of newest messages to skip */
  async listPage(
    readerId: string | null,
    chatId: string,
    skip: number,
    limit: number,
  ): Promise<{ total: number; messages: MessageEntity[] }> {
    return toPage(await pageOf(this.pages, limit)(chatId, skip, limit, readerId));
  }

  /** Newest first. @param readerId null for all messages @param since milliseconds since 1970; only later messages */
  async listFilteredPage(
    readerId: string | null,
    chatId: string,
    skip: number,
    limit: number,
    { senderId, since = 0 }: { senderId?: string; since?: number },
  ): Promise<{ total: number; messages: MessageEntity[] }> {
    const pages = senderId === undefined ? this.pagesSince : this.filteredPages;
    return toPage(await pageOf(pages, limit)(chatId, skip, limit, senderId ?? null, since, readerId));
  }

  /** Oldest first. @param readerId null for all messages */
  listAround(readerId: string | null, query: TimeQuery): Promise<MessageEntity[]> {
    return this.database.query<MessageEntity>(AROUND, [
      query.chatId,
      query.at,
      query.before,
      query.after,
      query.include,
      query.includeRemoved ?? false,
      query.senderIds ?? null,
      query.kind ?? null,
      query.customTypes ?? null,
      query.byOperators ?? null,
      query.withoutReplies ?? false,
      readerId,
    ]);
  }

  /** The number of replies to these messages, and the repliers. Messages without replies are omitted. */
  async findThreads(ids: readonly string[]): Promise<Thread[]> {
    const [rows, users] = await settleAll([
      this.database.query<ThreadRow>(THREADS, [ids]),
      this.database.query<UserEntity>(REPLIERS, [ids]),
    ]);
    const known = new Map(users.map((user) => [user.id, user]));
    return rows.map(({ senderIds, ...thread }) => ({
      ...thread,
      repliers: (senderIds ?? []).flatMap((id) => known.get(id) ?? []),
    }));
  }

  findNewest(chatIds: readonly string[]): Promise<MessageEntity[]> {
    return this.database.query<MessageEntity>(NEWEST, [chatIds]);
  }

  /** The messages of the log from each position on, removed ones included. Oldest first. */
  async readLogs(places: readonly ChatLogPosition[], limit: number): Promise<MessageEntity[][]> {
    const rows = await this.database.query<LogRow>(LOGS, [...positionColumns(places), limit]);
    return groupByPosition(
      places,
      rows.map(({ isDeleted, ...row }) =>
        isDeleted ? { ...row, ...CLEARED_FIELDS, removedAt: row.removedAt ?? new Date() } : row,
      ),
    );
  }
}

/** Large pages are not shared, so that the size of a batch is bounded. */
const pageOf =
  (pages: BatchedQuery<Row>, limit: number) =>
  (...values: unknown[]): Promise<Row[]> =>
    limit > MAX_SHARED_ROWS ? pages.queryAlone(...values) : pages.query(...values);

function toPage(rows: Row[]): { total: number; messages: MessageEntity[] } {
  return { total: rows[0]?.total ?? 0, messages: rows.filter(({ id }) => id !== null) };
}
