import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { batchable, BatchedQuery } from '../../core/database/batched-query.js';
import { columnList, insertInto, insertValues, updateById } from '../../core/database/entity-columns.js';
import { userColumns, type UserEntity } from '../users/index.js';
import type { ChatEventEntity } from './chat-event.entity.js';
import { isLiveChat } from './deleted-chats.js';
import { ChatEntity } from './chat.entity.js';
import { MemberEntity, type MemberRole, type MemberState } from './member.entity.js';

const MEMBERSHIPS = statement(
  'members.memberships',
  `SELECT m.chat_id AS "chatId", m.user_id AS "userId", m.state, m.role, m.joined_seq AS "joinedSeq",
          m.history_from AS "historyFrom"
   FROM members m
   JOIN unnest($1::text[], $2::text[]) AS wanted (chat_id, user_id) USING (chat_id, user_id)`,
);
const MEMBERSHIP = batchable('members.membership', `SELECT state FROM members WHERE chat_id = $1 AND user_id = $2`, [
  'text',
  'text',
]);
const NEXT_MEMBERSHIP_EVENT = statement(
  'members.next_event',
  `SELECT seq, type FROM chat_events
   WHERE chat_id = $1 AND subject_id = $2 AND seq > $3
     AND type IN ('member.joined', 'member.invited', 'member.declined', 'member.left')
   ORDER BY seq LIMIT 1`,
);
const SENDERS = statement(
  'members.senders',
  `SELECT wanted.chat_id AS "chatId", wanted.user_id AS "userId", m.state, m.role,
          b.enable_mark_as_read AS "marksAsRead", ${userColumns('u')}
   FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS wanted (chat_id, user_id)
   LEFT JOIN members m ON m.chat_id = wanted.chat_id AND m.user_id = wanted.user_id
   LEFT JOIN users u ON u.id = wanted.user_id LEFT JOIN bots b ON b.id = wanted.user_id`,
);
const MARK_READ = statement(
  'members.mark_read',
  `UPDATE members m SET read_seq = greatest(m.read_seq, done.seq), read_at = greatest(m.read_at, to_timestamp(done.at / 1000.0))
   FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS done (chat_id, user_id, seq, at)
   WHERE m.chat_id = done.chat_id AND m.user_id = done.user_id`,
);
const END_DISTINCT = statement(
  'chats.end_distinct',
  'UPDATE chats SET is_distinct = false, distinct_key = NULL WHERE id = ANY($1) AND is_distinct',
);
const COLUMNS = columnList(ChatEntity);
const FIND_MANY = statement(
  'chats.find_many',
  `SELECT ${COLUMNS} FROM chats WHERE id = ANY($1) AND ${isLiveChat('chats')}`,
);
const FIND = batchable('chats.find', `SELECT ${COLUMNS} FROM chats WHERE id = $1 AND ${isLiveChat('chats')}`, ['text']);
const FIND_DISTINCT = statement('chats.find_distinct', `SELECT ${COLUMNS} FROM chats WHERE distinct_key = $1`);
const LIST_JOINED = statement(
  'chats.list_joined',
  `SELECT ${columnList(ChatEntity, 'c')} FROM members m JOIN chats c ON c.id = m.chat_id
   WHERE m.user_id = $1 AND m.state = 'joined' AND ${isLiveChat('c')} ORDER BY c.last_at DESC, c.id LIMIT $2 OFFSET $3`,
);
const INSERT = statement(
  'chats.insert',
  insertInto('chats', ChatEntity, { expressions: { num: (given) => `coalesce(${given}, nextval('chats_num_seq'))` } }),
);
const CHANGEABLE = [
  'title',
  'coverUrl',
  'customType',
  'data',
  'isDistinct',
  'isPublic',
  'isEphemeral',
  'isFrozen',
  'accessCode',
  'metadata',
  'distinctKey',
] as const satisfies (keyof ChatEntity)[];
const UPDATE = statement('chats.update', updateById('chats', ChatEntity, CHANGEABLE));
const PAIR = `FROM chats WHERE kind = 'personal' AND user_id = $1 AND bot_id = $2 AND ${isLiveChat('chats')}`;
const LIST_PERSONAL = statement('chats.list_personal', `SELECT ${COLUMNS} ${PAIR} ORDER BY created_at, id`);
const COUNT_PERSONAL = statement('chats.count_personal', `SELECT count(*) AS count ${PAIR}`);
/** Like a foreign key check: waits for a concurrent deletion of a user and then does not find it. */
export const LOCK_USERS_FOR_SHARE = statement(
  'chats.share_users',
  'SELECT id FROM users WHERE id = ANY($1) ORDER BY id FOR KEY SHARE',
);
const LOCK_USER = statement('chats.lock_user', 'SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE');

/** Whether an insert failed because the id or the distinct key is taken. */
export const isChatTaken = (error: unknown): boolean => constraintOf(error) === 'chats_pkey' || isDistinctTaken(error);
export const isDistinctTaken = (error: unknown): boolean => constraintOf(error) === 'chats_distinct_key_idx';
const constraintOf = (error: unknown): string | undefined => (error as { constraint?: string }).constraint;

export interface Membership {
  chatId: string;
  userId: string;
  state: MemberState;
  role: MemberRole;
  /** The member does not see older log entries. */
  joinedSeq: number;
  /** Older history is hidden from this member. Null: none is. */
  historyFrom: Date | null;
}

/** A sender of a message, with its membership in the chat. */
export interface Sender {
  chatId: string;
  userId: string;
  /** Null for a non-member. */
  state: MemberState | null;
  role: MemberRole | null;
  /** Undefined for an unknown user. */
  user: UserEntity | undefined;
  /** Whether sending marks the chat as read by a bot. Null for a person. */
  marksAsRead: boolean | null;
}

/** A user has read a chat up to an entry. */
export interface ReadMark {
  chatId: string;
  userId: string;
  seq: number;
  /** Milliseconds. */
  at: number;
}

@Injectable()
export class ChatsRepository {
  private readonly chats: BatchedQuery<ChatEntity>;
  private readonly states: BatchedQuery<Pick<Membership, 'state'>>;

  constructor(private readonly database: Database) {
    this.chats = new BatchedQuery(database, FIND);
    this.states = new BatchedQuery(database, MEMBERSHIP);
  }

  async find(id: string): Promise<ChatEntity | undefined> {
    return (await this.chats.query(id))[0];
  }

  async hasJoined(chatId: string, userId: string): Promise<boolean> {
    return (await this.states.query(chatId, userId))[0]?.state === 'joined';
  }

  findMany(ids: readonly string[]): Promise<ChatEntity[]> {
    return this.database.query<ChatEntity>(FIND_MANY, [ids]);
  }

  /** @throws a database error that `isChatTaken` recognizes */
  async insert(chat: ChatEntity): Promise<void> {
    await this.database.query(INSERT, insertValues(ChatEntity, chat));
  }

  /** Writes the changeable columns of a chat. */
  async update(chat: ChatEntity): Promise<void> {
    await this.database.query(UPDATE, [chat.id, ...CHANGEABLE.map((name) => chat[name])]);
  }

  async setOwner(id: string, userId: string): Promise<void> {
    await this.database.manager.update(ChatEntity, { id }, { createdById: userId });
  }

  /** Removes the distinct key. A distinct group whose members change is no longer distinct. */
  async clearDistinct(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.database.query(END_DISTINCT, [ids]);
  }

  /** Prevents the deletion of users until the transaction ends. @returns false if one of them is deleted */
  async lockUsersForShare(ids: readonly string[]): Promise<boolean> {
    return (await this.database.query(LOCK_USERS_FOR_SHARE, [ids])).length === new Set(ids).size;
  }

  async findDistinct(distinctKey: string): Promise<ChatEntity | undefined> {
    return (await this.database.query<ChatEntity>(FIND_DISTINCT, [distinctKey]))[0];
  }

  listPersonal(userId: string, botId: string): Promise<ChatEntity[]> {
    return this.database.query<ChatEntity>(LIST_PERSONAL, [userId, botId]);
  }

  /** The chats of any kind that a user has joined, latest log entry first. */
  listJoined(userId: string, limit: number, skip: number): Promise<ChatEntity[]> {
    return this.database.query<ChatEntity>(LIST_JOINED, [userId, limit, skip]);
  }

  async countPersonal(userId: string, botId: string): Promise<number> {
    return (await this.database.query<{ count: number }>(COUNT_PERSONAL, [userId, botId]))[0].count;
  }

  /** Serializes transactions that count chats of the same user. */
  async lockUser(userId: string): Promise<void> {
    await this.database.query(LOCK_USER, [userId]);
  }

  members(chatId: string): Promise<MemberEntity[]> {
    return this.database.manager.find(MemberEntity, { where: { chatId }, order: { joinedAt: 'ASC', userId: 'ASC' } });
  }

  /** @returns the memberships among the pairs */
  memberships(pairs: readonly { chatId: string; userId: string }[]): Promise<Membership[]> {
    return this.database.query(MEMBERSHIPS, [pairs.map(({ chatId }) => chatId), pairs.map(({ userId }) => userId)]);
  }

  /** The next log entry after a position that starts or ends a membership of a user. */
  async nextMembershipEvent(
    chatId: string,
    userId: string,
    afterSeq: number,
  ): Promise<Pick<ChatEventEntity, 'seq' | 'type'> | undefined> {
    const values = [chatId, userId, afterSeq];
    return (await this.database.query<Pick<ChatEventEntity, 'seq' | 'type'>>(NEXT_MEMBERSHIP_EVENT, values))[0];
  }

  /** @returns a row for each pair, even for an unknown user or chat */
  async findSenders(pairs: readonly { chatId: string; userId: string }[]): Promise<Sender[]> {
    const values = [pairs.map(({ chatId }) => chatId), pairs.map(({ userId }) => userId)];
    const rows = await this.database.query<Omit<Sender, 'user'> & UserEntity>(SENDERS, values);
    return rows.map(({ chatId, userId, state, role, marksAsRead, ...user }) => {
      return { chatId, userId, state, role, marksAsRead, user: user.id === null ? undefined : user };
    });
  }

  async markRead(marks: readonly ReadMark[]): Promise<void> {
    await this.database.query(MARK_READ, [
      marks.map(({ chatId }) => chatId),
      marks.map(({ userId }) => userId),
      marks.map(({ seq }) => seq),
      marks.map(({ at }) => at),
    ]);
  }
}
