import { Injectable } from '@nestjs/common';
import { currentRequestId } from '../../core/context/request-context.js';
import { Database, type Query, statement, settleAll } from '../../core/database/database.js';
import { columnList, insertRecords } from '../../core/database/entity-columns.js';
import { DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import type { Actor } from '../auth/index.js';
import { type ChatEventDetails, ChatEventEntity, type ChatEventType } from './chat-event.entity.js';
import type { ChatEntity, ChatKind } from './chat.entity.js';
import { isLiveChat } from './deleted-chats.js';
import { ChatCleared, ChatsPending } from './chat.events.js';
import { LOG_TIME, advanceClock } from './chat-log-clock.js';

/** The head of a chat log. The transaction holds the lock on its chat row. */
export interface ChatLogHead {
  readonly chatId: string;
  readonly kind: ChatKind;
  readonly userId: string | null;
  readonly botId: string | null;
  readonly isFrozen: boolean;
  /** The backlog of a bot in this chat is full. */
  readonly isBacklogged: boolean;
  /** The log time at which the lock was acquired, in milliseconds. */
  readonly now: number;
  lastSeq: number;
  lastAt: number;
  newMessages: number;
  /** A bot leaves with one of the new entries. It still receives the entries before that one. */
  hasLeavingBot: boolean;
}

/** Selects groups of a user. */
export interface UserGroupsFilter {
  userId: string;
  /** Only groups with this custom type. */
  customType?: string;
  /** Only memberships that began at or before this time. */
  until?: Date;
  limit: number;
}

/** The position of a new entry in its chat log. */
export interface ChatLogEntryPosition {
  seq: number;
  /** Milliseconds. Greater than the time of every earlier entry of the chat. */
  at: number;
}

/** The position after which a log is read. */
export interface ChatLogPosition {
  chatId: string;
  afterSeq: number;
}

/** The positions as the columns of `unnest(text[], bigint[]) WITH ORDINALITY AS page (chat_id, after_seq, place)`. */
export const positionColumns = (positions: readonly ChatLogPosition[]): [string[], number[]] => [
  positions.map(({ chatId }) => chatId),
  positions.map(({ afterSeq }) => afterSeq),
];

/** @returns the rows of each position, in the order of `rows` */
export function groupByPosition<Row extends object>(
  positions: readonly ChatLogPosition[],
  rows: (Row & { place: number })[],
): Row[][] {
  const pages: Row[][] = positions.map(() => []);
  for (const { place, ...row } of rows) pages[place - 1].push(row as unknown as Row);
  return pages;
}

/** A log entry other than a message, with its position. */
export interface NewChatEvent {
  chatId: string;
  type: ChatEventType;
  /** The acting user; null for a service. */
  actorId: string | null;
  /** The affected user or message. */
  subjectId: string | null;
  position: ChatLogEntryPosition;
  details?: ChatEventDetails;
}

/** @param condition on chats. `count` forces the time to be read after all of them are locked. */
const lockChats = (condition: string, { onLocked = '', limit = '' } = {}): string =>
  `SELECT id AS "chatId", kind, user_id AS "userId", bot_id AS "botId",
          is_frozen AS "isFrozen", is_backlogged AS "isBacklogged", last_seq AS "lastSeq",
          (extract(epoch FROM last_at) * 1000)::bigint AS "lastAt", CASE WHEN count > 0 THEN ${LOG_TIME} END AS "now"
   FROM (SELECT *, count(*) OVER () FROM (
           SELECT * FROM chats WHERE ${condition} ORDER BY id ${limit} FOR NO KEY UPDATE ${onLocked}) locked) counted`;

// Locks are acquired in the order of the ids, which prevents deadlocks between batches. NO KEY: checks of foreign keys that
// reference chats do not wait.
const LOCK = statement('chat_log.lock', lockChats(`id = ANY($1) AND ${isLiveChat('chats')}`));
const TRY_LOCK = statement(
  'chat_log.lock_free',
  lockChats(`id = ANY($1) AND ${isLiveChat('chats')}`, { onLocked: 'SKIP LOCKED' }),
);
const LOCK_GROUPS_OF = statement(
  'chat_log.lock_groups_of',
  lockChats(
    `kind = 'group' AND id IN (
       SELECT chat_id FROM members
       WHERE user_id = $1 AND ($4::timestamptz IS NULL OR coalesce(joined_at, invited_at) <= $4))
     AND ($2::text IS NULL OR custom_type = $2)`,
    { limit: 'LIMIT $3' },
  ),
);

const CLEAR = statement('chat_log.clear', 'UPDATE chats SET start_seq = $2, message_count = 0 WHERE id = $1');
const NOW = statement('chat_log.now', `SELECT ${LOG_TIME} AS now`);

// Runs after the statement that locked the rows. Members change only under that lock, so this statement sees the current members.
// Without a bot that has an endpoint there are no subscriptions and nothing to dispatch; an uncommitted endpoint starts after these
// entries. A pending chat stays pending until it is dispatched, even if its last bot has left.
const ADVANCE = statement(
  'chat_log.advance',
  `WITH clock AS MATERIALIZED (SELECT ${advanceClock('max(at)')} AS at FROM unnest($3::bigint[]) AS entries (at))
   UPDATE chats SET last_seq = head.last_seq,
                    last_at = to_timestamp(head.last_at / 1000.0),
                    message_count = message_count + head.new_messages,
                    pending_since = coalesce(pending_since, CASE WHEN head.has_bots THEN clock_timestamp() END),
                    dispatched_seq = CASE WHEN pending_since IS NULL AND NOT head.has_bots THEN head.last_seq ELSE dispatched_seq END
   FROM clock, (
     SELECT moved.*, has_leaving_bot OR EXISTS (
              SELECT FROM members m JOIN bot_endpoints e ON e.bot_id = m.user_id
              WHERE m.chat_id = moved.id AND m.is_bot) AS has_bots
     FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[])
       AS moved (id, last_seq, last_at, new_messages, has_leaving_bot)) head
   WHERE chats.id = head.id RETURNING chats.id, pending_since IS NOT NULL AS "isPending"`,
);

// Under the row locks, like `chat_log.advance`, and in the order in which senders acquire them.
const CLEAR_PENDING = statement(
  'chat_log.clear_pending',
  `WITH pending AS (
     SELECT id FROM chats WHERE id = ANY($1) AND pending_since IS NOT NULL ORDER BY id FOR NO KEY UPDATE)
   UPDATE chats SET pending_since = NULL, dispatched_seq = last_seq FROM pending WHERE chats.id = pending.id AND pending_since IS NOT NULL`,
);
const OVERDUE = statement(
  'chat_log.overdue',
  `SELECT id FROM chats WHERE pending_since < statement_timestamp() - $1 * interval '1 millisecond' ORDER BY pending_since LIMIT $2`,
);

// For repairs: the update that a transaction that wrote to the log should have made.
const MARK_PENDING = statement(
  'chat_log.mark_pending',
  `WITH locked AS (
     SELECT id, pending_since IS NULL AS is_wrong FROM chats WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE)
   UPDATE chats SET pending_since = clock_timestamp() FROM locked WHERE chats.id = locked.id AND is_wrong RETURNING chats.id AS "chatId"`,
);
const MARK_BOTS = statement(
  'chat_log.mark_bots',
  `UPDATE members SET is_bot = true FROM unnest($1::text[], $2::text[]) AS bot (chat_id, user_id)
   WHERE members.chat_id = bot.chat_id AND members.user_id = bot.user_id AND NOT is_bot RETURNING members.chat_id AS "chatId"`,
);

const MARK_BACKLOGGED = statement(
  'chat_log.mark_backlogged',
  `WITH changed AS (
     SELECT id FROM chats WHERE id = ANY($1) AND is_backlogged <> $2 ORDER BY id FOR NO KEY UPDATE)
   UPDATE chats SET is_backlogged = $2 FROM changed WHERE chats.id = changed.id RETURNING 1`,
);

const EVENTS = statement(
  'chat_log.events',
  `SELECT ${columnList(ChatEventEntity, 'event')}, page.place
   FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS page (chat_id, after_seq, place) CROSS JOIN LATERAL (
     SELECT * FROM chat_events WHERE chat_id = page.chat_id AND seq > page.after_seq ORDER BY seq LIMIT $3) event`,
);
const INSERT_EVENTS = statement('chat_log.insert_events', insertRecords('chat_events', ChatEventEntity));

/**
 * Writes all chat logs.
 *
 *   lock(chat ids) ──► nextEntry(head) once per entry, in memory ──► insert the entries ──► advance(heads) ──► COMMIT ──► wake-up
 *
 * The lock on the chat row orders the chat: sequence numbers and times are assigned under it, and it is held until the commit.
 */
@Injectable()
export class ChatLog {
  constructor(
    private readonly database: Database,
    private readonly events: DomainEvents,
    private readonly tasks: DeletionTasks,
  ) {}

  /** @returns the heads of the existing chats, locked until the transaction ends */
  async lock(chatIds: Iterable<string>): Promise<Map<string, ChatLogHead>> {
    return toHeads(await this.database.query<ChatLogHead>(LOCK, [[...new Set(chatIds)]]));
  }

  /** Like `lock`, but skips chats that another transaction has locked. */
  async tryLock(chatIds: Iterable<string>): Promise<Map<string, ChatLogHead>> {
    return toHeads(await this.database.query<ChatLogHead>(TRY_LOCK, [[...new Set(chatIds)]]));
  }

  /** @returns the log time in milliseconds: the earliest time of an entry in a chat that this transaction creates */
  async now(): Promise<number> {
    const [{ now }] = await this.database.query<{ now: number }>(NOW);
    return now;
  }

  /** Locks groups of a user, like `lock`. @returns at most `limit` heads */
  async lockGroupsOf({ userId, customType, until, limit }: UserGroupsFilter): Promise<Map<string, ChatLogHead>> {
    const values = [userId, customType ?? null, limit, until ?? null];
    return toHeads(await this.database.query<ChatLogHead>(LOCK_GROUPS_OF, values));
  }

  /** Inserts entries other than messages into locked chats. The caller then advances the heads. */
  async insertEvents(events: readonly NewChatEvent[]): Promise<void> {
    if (events.length === 0) return;
    const requestId = currentRequestId() ?? '';
    const rows = events.map(({ position, details = null, ...event }): ChatEventEntity => {
      return { ...event, seq: position.seq, createdAt: new Date(position.at), details, requestId };
    });
    await this.database.query(INSERT_EVENTS, [JSON.stringify(rows)]);
  }

  /** Clears a locked chat's log up to an entry. Readers stop seeing it at once; a deletion task deletes the rows. */
  async clear(chatId: string, untilSeq: number): Promise<void> {
    await settleAll([
      this.database.query(CLEAR, [chatId, untilSeq]),
      this.tasks.add('history', [{ id: chatId, until: untilSeq }]),
      this.events.publish(new ChatCleared(chatId, untilSeq)),
    ]);
  }

  /** Writes the changed heads. Publishes `ChatsPending`, so that the chats are dispatched after the commit. */
  async advance(heads: Iterable<ChatLogHead>): Promise<void> {
    const moved = [...heads];
    if (moved.length === 0) return;
    const rows = await this.database.query<{ id: string; isPending: boolean }>(ADVANCE, [
      moved.map(({ chatId }) => chatId),
      moved.map(({ lastSeq }) => lastSeq),
      moved.map(({ lastAt }) => lastAt),
      moved.map(({ newMessages }) => newMessages),
      moved.map(({ hasLeavingBot }) => hasLeavingBot),
    ]);
    const pending = rows.filter(({ isPending }) => isPending).map(({ id }) => id);
    if (pending.length > 0) await this.events.publish(new ChatsPending(pending));
  }

  /**
   * Builds the query that marks chats as dispatched up to the ends of their logs. Later statements of the same transaction see
   * everything that was committed before it. The caller runs it, to send it and those statements in one write.
   */
  clearPendingQuery(chatIds: readonly string[]): Query {
    return [CLEAR_PENDING, [chatIds]];
  }

  /** @returns chats that have been pending for longer than `olderThanMs`, oldest first */
  async findOverdue(olderThanMs: number, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(OVERDUE, [olderThanMs, limit]);
    return rows.map(({ id }) => id);
  }

  /** Marks chats as pending. @returns the chats that were not pending before */
  markPending(chatIds: readonly string[]): Promise<{ chatId: string }[]> {
    return this.database.query(MARK_PENDING, [chatIds]);
  }

  /** Marks members as bots. @returns the chats of members that were not marked before */
  markBots(members: readonly { chatId: string; userId: string }[]): Promise<{ chatId: string }[]> {
    const values = [members.map(({ chatId }) => chatId), members.map(({ userId }) => userId)];
    return this.database.query(MARK_BOTS, values);
  }

  /** Rejects or accepts messages of people in these chats. @returns the number of changed chats */
  async setBacklogged(chatIds: readonly string[], isBacklogged: boolean): Promise<number> {
    return (await this.database.query(MARK_BACKLOGGED, [chatIds, isBacklogged])).length;
  }

  /** @returns for each position the entries after it that are not messages, oldest first */
  async readEvents(positions: readonly ChatLogPosition[], limit: number): Promise<ChatEventEntity[][]> {
    const values = [...positionColumns(positions), limit];
    const rows = await this.database.query<ChatEventEntity & { place: number }>(EVENTS, values);
    return groupByPosition(positions, rows);
  }
}

const toHeads = (rows: readonly ChatLogHead[]): Map<string, ChatLogHead> =>
  new Map(rows.map((row) => [row.chatId, { ...row, newMessages: 0, hasLeavingBot: false }]));

/** The head of a chat that this transaction inserts. It needs no lock: other transactions cannot see the chat. */
export const newChatLogHead = ({ id, kind, userId, botId, lastSeq, lastAt }: ChatEntity): ChatLogHead => ({
  chatId: id,
  kind,
  userId,
  botId,
  isFrozen: false,
  isBacklogged: false,
  now: lastAt.getTime(),
  lastSeq,
  lastAt: lastAt.getTime(),
  newMessages: 0,
  hasLeavingBot: false,
});

/** The acting user of an entry; null for a service. */
export const logActorId = (actor: Actor): string | null => (actor.kind === 'service' ? null : actor.id);

/** Assigns the next position of a locked log. */
export function nextEntry(head: ChatLogHead, entry: 'message' | 'event'): ChatLogEntryPosition {
  head.lastSeq += 1;
  head.lastAt = Math.max(head.now, head.lastAt + 1);
  if (entry === 'message') head.newMessages += 1;
  return { seq: head.lastSeq, at: head.lastAt };
}
