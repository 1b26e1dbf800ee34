import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import {
  Database,
  isForeignKeyViolation,
  TransactionConflictError,
  statement,
  settleAll,
} from '../../core/database/database.js';
import { batchable, BatchedQuery } from '../../core/database/batched-query.js';
import { columnList, insertRecords } from '../../core/database/entity-columns.js';
import { userColumns, UserEntity } from '../users/index.js';
import { LOCK_USERS_FOR_SHARE } from './chats.repository.js';
import type { UserGroupsFilter } from './chat-log.js';
import { type HiddenState, MemberEntity, type MemberRole, type MemberState } from './member.entity.js';

/** A present member keeps its role and read position; only an invitation becomes a membership. */
const UPSERT = statement(
  'members.upsert',
  `${insertRecords('members', MemberEntity, {
    isBot: `EXISTS (SELECT FROM users u WHERE u.id = new."userId" AND u.kind = 'bot')`,
  })}
   ON CONFLICT (chat_id, user_id) DO UPDATE
     SET state = excluded.state, read_seq = greatest(members.read_seq, excluded.read_seq),
         joined_at = excluded.joined_at, joined_seq = excluded.joined_seq,
         history_from = coalesce(excluded.history_from, members.history_from)`,
);
const REMOVE = statement(
  'members.remove',
  `DELETE FROM members USING unnest($1::text[], $2::text[]) AS gone (chat_id, user_id)
   WHERE members.chat_id = gone.chat_id AND members.user_id = gone.user_id`,
);
const COLUMNS = columnList(MemberEntity);
const FIND_JOINED = batchable(
  'members.find_joined',
  `SELECT ${COLUMNS} FROM members WHERE chat_id = $1 AND user_id = $2 AND state = 'joined'`,
  ['text', 'text'],
);
const FIND = statement('members.find', `SELECT ${COLUMNS} FROM members WHERE chat_id = ANY($1) AND user_id = ANY($2)`);
const OF_CHATS = statement(
  'members.of_chats',
  `SELECT ${COLUMNS} FROM members WHERE chat_id = ANY($1) ORDER BY joined_at, user_id`,
);
const SOME = statement(
  'members.some',
  `SELECT ${COLUMNS} FROM members WHERE chat_id = $1 AND ($3::timestamptz IS NULL OR coalesce(joined_at, invited_at) <= $3) LIMIT $2`,
);
const IN_GROUPS = statement(
  'members.in_groups',
  `SELECT ${COLUMNS} FROM members
   WHERE user_id = $1 AND chat_id IN (SELECT id FROM chats WHERE kind = 'group' AND ($2::text IS NULL OR custom_type = $2))
     AND ($4::timestamptz IS NULL OR coalesce(joined_at, invited_at) <= $4)
   ORDER BY chat_id LIMIT $3`,
);
const SET_HIDDEN = statement(
  'members.set_hidden',
  `UPDATE members SET hidden_state = wanted.state, hidden_seq = $2
   FROM unnest($3::text[], $4::text[]) AS wanted (user_id, state)
   WHERE members.chat_id = $1 AND members.user_id = wanted.user_id`,
);
// One member, or a page of all members of one moment in the order of their ids.
const CHANGE_STATES = statement(
  'members.change_states',
  `WITH page AS (
     SELECT chat_id, user_id FROM members
     WHERE chat_id = $1 AND ($6::text IS NULL OR user_id = $6) AND user_id > $7 AND ($6 IS NOT NULL OR coalesce(joined_seq, 0) <= $3)
     ORDER BY user_id LIMIT $8 FOR NO KEY UPDATE
   ), changed AS (
     UPDATE members m SET
       hidden_state = coalesce($2, m.hidden_state), hidden_seq = CASE WHEN $2 IS NULL THEN m.hidden_seq ELSE $3::bigint END,
       history_from = CASE WHEN $5 THEN $4::timestamptz ELSE m.history_from END,
       read_seq = CASE WHEN $5 THEN greatest(m.read_seq, $3::bigint) ELSE m.read_seq END
     FROM page WHERE m.chat_id = page.chat_id AND m.user_id = page.user_id
   )
   SELECT user_id AS "userId" FROM page ORDER BY user_id`,
);
const SET_ROLE = statement('members.set_role', 'UPDATE members SET role = $3 WHERE chat_id = $1 AND user_id = ANY($2)');
const SET_OPERATORS = statement(
  'members.set_operators',
  `UPDATE members SET role = CASE WHEN user_id = ANY($2) THEN 'operator' ELSE 'none' END
   WHERE chat_id = $1 AND (role = 'operator' OR user_id = ANY($2))`,
);
const SUMMARIES = statement(
  'members.summaries',
  `SELECT m.chat_id AS "chatId", count(*) AS count, count(*) FILTER (WHERE m.state = 'joined') AS "joinedCount",
          bool_or(u.kind = 'bot') AS "hasBot",
          bool_or(u.kind = 'bot' AND EXISTS (
            SELECT FROM bot_endpoints e WHERE e.bot_id = u.id AND e.transport = 'ai')) AS "hasAiBot"
   FROM members m JOIN users u ON u.id = m.user_id WHERE m.chat_id = ANY($1) GROUP BY m.chat_id`,
);
const OPERATORS = statement(
  'members.operators',
  `SELECT chat_id AS "chatId", user_id AS "userId" FROM members
   WHERE chat_id = ANY($1) AND role = 'operator' ORDER BY joined_at, user_id`,
);
const COUNTS = statement(
  'members.counts',
  'SELECT chat_id AS id, count(*) AS count FROM members WHERE chat_id = ANY($1) GROUP BY chat_id',
);
// Bots are not counted: they may be in any number of groups, and additions of the same bot do not wait for each other.
const GROUP_COUNTS = statement(
  'members.group_counts',
  `SELECT m.user_id AS id, count(*) AS count
   FROM users u JOIN members m ON m.user_id = u.id JOIN chats c ON c.id = m.chat_id AND c.kind = 'group'
   WHERE u.id = ANY($1) AND u.kind = 'person' GROUP BY m.user_id`,
);

/** Locks in one order, which prevents deadlocks. */
const LOCK_COUNTS = statement(
  'members.lock_group_counts',
  `SELECT pg_advisory_xact_lock(key) FROM (
     SELECT DISTINCT hashtextextended('groups:' || id, 0) AS key FROM users WHERE id = ANY($1) AND kind = 'person'
     ORDER BY key) AS keys`,
);

/** The users that a view of chats refers to: members, the viewer and its inviters, and the creators of the chats. */
const PEOPLE = statement(
  'members.people',
  `SELECT ${userColumns('u')} FROM users u WHERE u.id IN (
     SELECT user_id FROM members WHERE chat_id = ANY($1) AND ($2 OR ($3 AND role = 'operator'))
     UNION ALL SELECT inviter_id FROM members WHERE chat_id = ANY($1) AND user_id = $4
     UNION ALL SELECT created_by_id FROM chats WHERE id = ANY($1)
     UNION ALL SELECT $4)`,
);

/** Counts of a chat's members. */
export interface MembersSummary {
  chatId: string;
  count: number;
  joinedCount: number;
  hasBot: boolean;
  hasAiBot: boolean;
}

/** Filter and order of a list of members. */
export interface MembersQuery {
  chatId: string;
  order: 'nickname' | 'operatorsFirst';
  /** The sort key of the previous page's last member. */
  after?: readonly (string | number)[];
  limit: number;
  state?: MemberState;
  isOperator?: boolean;
  isActive?: boolean;
  nicknamePrefix?: string;
}

/** A change of how a member sees a chat. */
export interface MemberStateChange {
  /** Null leaves it. */
  hiddenState: HiddenState | null;
  isHistoryReset: boolean;
  /** The end of the log, down to which the chat is hidden or its history is reset. */
  seq: number;
  /** The time of that entry, or now. */
  at: Date;
}

/** A listed member with its user. */
export interface ListedMember {
  member: MemberEntity;
  user: UserEntity;
  /** The sort key: rank of the role, nickname, id. */
  position: readonly [number, string, string];
}

@Injectable()
export class MembersRepository {
  private readonly joined: BatchedQuery<MemberEntity>;

  constructor(private readonly database: Database) {
    this.joined = new BatchedQuery(database, FIND_JOINED);
  }

  /** The membership of a user that has joined. */
  async findJoined(chatId: string, userId: string): Promise<MemberEntity | undefined> {
    return (await this.joined.query(chatId, userId))[0];
  }

  /** @throws TransactionConflictError if one of the users was deleted since it was loaded */
  async upsert(members: readonly MemberEntity[]): Promise<void> {
    if (members.length === 0) return;
    const userIds = [...new Set(members.map(({ userId }) => userId))];
    const [present] = await settleAll([
      this.database.query(LOCK_USERS_FOR_SHARE, [userIds]),
      this.database.query(UPSERT, [JSON.stringify(members)]).catch((error: unknown) => {
        throw isForeignKeyViolation(error) ? new TransactionConflictError('The chat was deleted.') : error;
      }),
    ]);
    if (present.length < userIds.length) throw new TransactionConflictError('A user was deleted.');
  }

  async remove(members: readonly Pick<MemberEntity, 'chatId' | 'userId'>[]): Promise<void> {
    if (members.length === 0) return;
    await this.database.query(REMOVE, [members.map(({ chatId }) => chatId), members.map(({ userId }) => userId)]);
  }

  /** The memberships in the groups that `ChatLog.lockGroupsOf` locks, unless the user has joined others since. */
  findInGroups({ userId, customType, until, limit }: UserGroupsFilter): Promise<MemberEntity[]> {
    return this.database.query<MemberEntity>(IN_GROUPS, [userId, customType ?? null, limit, until ?? null]);
  }

  find(chatIds: readonly string[], userIds: readonly string[]): Promise<MemberEntity[]> {
    return this.database.query<MemberEntity>(FIND, [chatIds, userIds]);
  }

  /** The joined members of a chat, in the order of joining. */
  listJoined(chatId: string, limit: number, skip: number): Promise<MemberEntity[]> {
    return this.database.manager.find(MemberEntity, {
      where: { chatId, state: 'joined' },
      order: { joinedAt: 'ASC', userId: 'ASC' },
      take: limit,
      skip,
    });
  }

  /** In the order of joining. */
  findByChats(chatIds: readonly string[]): Promise<MemberEntity[]> {
    return this.database.query<MemberEntity>(OF_CHATS, [chatIds]);
  }

  /** Any members of a chat, at most `limit`. @param until only memberships that began at or before this time */
  findBatch(chatId: string, limit: number, until?: Date): Promise<MemberEntity[]> {
    return this.database.query<MemberEntity>(SOME, [chatId, limit, until ?? null]);
  }

  async update(
    chatId: string,
    userIds: readonly string[],
    changes: Partial<Omit<MemberEntity, 'chatId' | 'userId'>>,
  ): Promise<void> {
    await this.database.manager.update(MemberEntity, { chatId, userId: In([...userIds]) }, changes);
  }

  /**
   * Changes how one member sees a chat, or a page of all members that the chat had at `seq`.
   *
   * @returns the ids of the changed members, in ascending order
   */
  async changeStates(
    chatId: string,
    { hiddenState, isHistoryReset, seq, at }: MemberStateChange,
    { userId, after = '', limit }: { userId?: string; after?: string; limit: number },
  ): Promise<string[]> {
    const values = [chatId, hiddenState, seq, at, isHistoryReset, userId ?? null, after, limit];
    return (await this.database.query<{ userId: string }>(CHANGE_STATES, values)).map((row) => row.userId);
  }

  /** @param states by user id */
  async setHidden(chatId: string, states: Readonly<Record<string, HiddenState>>, hiddenSeq: number): Promise<void> {
    if (Object.keys(states).length === 0) return;
    await this.database.query(SET_HIDDEN, [chatId, hiddenSeq, Object.keys(states), Object.values(states)]);
  }

  async setRole(chatId: string, userIds: readonly string[], role: MemberRole): Promise<void> {
    await this.database.query(SET_ROLE, [chatId, userIds, role]);
  }

  /** Makes these members the only operators. */
  async setOperators(chatId: string, userIds: readonly string[]): Promise<void> {
    await this.database.query(SET_OPERATORS, [chatId, userIds]);
  }

  summaries(chatIds: readonly string[]): Promise<MembersSummary[]> {
    return this.database.query(SUMMARIES, [chatIds]);
  }

  /** @param all include all members @param operators include the operators */
  findReferencedUsers(
    chatIds: readonly string[],
    { all = false, operators = false, userId }: { all?: boolean; operators?: boolean; userId?: string },
  ): Promise<UserEntity[]> {
    return this.database.query<UserEntity>(PEOPLE, [chatIds, all, operators, userId ?? null]);
  }

  operators(chatIds: readonly string[]): Promise<{ chatId: string; userId: string }[]> {
    return this.database.query(OPERATORS, [chatIds]);
  }

  /** @returns the member counts; chats without members are missing */
  async countByChat(chatIds: readonly string[]): Promise<Map<string, number>> {
    return toCounts(await this.database.query<Count>(COUNTS, [chatIds]));
  }

  /**
   * Locks the counts until the transaction ends, so that concurrent additions of the same person see each other.
   *
   * @returns the number of groups by person; people without groups and bots are missing
   */
  async countGroupsByUser(userIds: readonly string[]): Promise<Map<string, number>> {
    const [, counts] = await settleAll([
      this.database.query(LOCK_COUNTS, [userIds]),
      this.database.query<Count>(GROUP_COUNTS, [userIds]),
    ]);
    return toCounts(counts);
  }

  /** A page of members by nickname, or operators first. */
  async list(query: MembersQuery): Promise<ListedMember[]> {
    const rank = query.order === 'operatorsFirst' ? `CASE member.role WHEN 'operator' THEN 0 ELSE 1 END` : '0';
    const builder = this.database.manager
      .createQueryBuilder(MemberEntity, 'member')
      .innerJoinAndMapOne('member.user', UserEntity, 'person', 'person.id = member.user_id')
      .addSelect(rank, 'role_rank')
      .where('member.chat_id = :chatId', query)
      .orderBy('role_rank')
      .addOrderBy('person.nickname')
      .addOrderBy('person.id')
      .limit(query.limit);
    if (query.after) {
      const [afterRank, afterName, afterId] = query.after;
      builder.andWhere(`(${rank}, person.nickname, person.id) > (:afterRank, :afterName, :afterId)`, {
        afterRank,
        afterName,
        afterId,
      });
    }
    if (query.state) builder.andWhere('member.state = :state', query);
    if (query.isOperator !== undefined) builder.andWhere(`member.role ${query.isOperator ? '=' : '<>'} 'operator'`);
    if (query.isActive !== undefined) builder.andWhere('person.is_active = :isActive', query);
    if (query.nicknamePrefix) builder.andWhere('starts_with(person.nickname, :nicknamePrefix)', query);
    const { entities, raw } = await builder.getRawAndEntities<{ role_rank: number }>();
    return (entities as (MemberEntity & { user: UserEntity })[]).map(({ user, ...member }, index) => ({
      member,
      user,
      position: [Number(raw[index].role_rank), user.nickname, user.id],
    }));
  }
}

interface Count {
  id: string;
  count: number;
}

const toCounts = (rows: readonly Count[]): Map<string, number> => new Map(rows.map(({ id, count }) => [id, count]));
