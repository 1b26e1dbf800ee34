import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database, statement } from '../../core/database/database.js';
import { UserEntity } from '../users/index.js';
import { MemberEntity, type MemberState } from './member.entity.js';

/** Whoever is in already keeps its role and what it has read; only an invitation becomes a membership. */
const PUT = statement(
  'members.put',
  `INSERT INTO members (chat_id, user_id, state, role, read_seq, inviter_id, invited_at, joined_at, joined_seq)
   SELECT "chatId", "userId", state, role, "readSeq", "inviterId", "invitedAt", "joinedAt", "joinedSeq"
   FROM jsonb_to_recordset($1::jsonb) AS new ("chatId" text, "userId" text, state text, role text, "readSeq" bigint,
     "inviterId" text, "invitedAt" timestamptz, "joinedAt" timestamptz, "joinedSeq" bigint)
   ON CONFLICT (chat_id, user_id) DO UPDATE
     SET state = excluded.state, read_seq = greatest(members.read_seq, excluded.read_seq),
         joined_at = excluded.joined_at, joined_seq = excluded.joined_seq`,
);
const REMOVE = statement(
  'members.remove',
  `DELETE FROM members WHERE chat_id = $1 AND user_id = ANY($2) AND ($3::text IS NULL OR state = $3)
   RETURNING user_id AS "userId", state`,
);
const GROUPS_OF = statement(
  'members.groups_of',
  `SELECT m.chat_id AS "chatId" FROM members m JOIN chats c ON c.id = m.chat_id
   WHERE m.user_id = $1 AND c.kind = 'group' AND ($2::text IS NULL OR c.custom_type = $2)`,
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
const COUNT = statement('members.count', 'SELECT count(*) AS count FROM members WHERE chat_id = $1');

/** How a chat's members add up. */
export interface MembersSummary {
  chatId: string;
  count: number;
  joinedCount: number;
  hasBot: boolean;
  hasAiBot: boolean;
}

/** Which members of a chat to list, and in which order. */
export interface MembersQuery {
  chatId: string;
  order: 'nickname' | 'operatorsFirst';
  /** The sort key of the last member of the page before. */
  after?: readonly (string | number)[];
  limit: number;
  state?: MemberState;
  isOperator?: boolean;
  isActive?: boolean;
  nicknamePrefix?: string;
}

/** Where a member stands in a list: its rank of role, its nickname and its id. */
export interface ListedMember {
  userId: string;
  position: readonly [number, string, string];
}

@Injectable()
export class MembersRepository {
  constructor(private readonly database: Database) {}

  async put(members: readonly MemberEntity[]): Promise<void> {
    if (members.length > 0) await this.database.query(PUT, [JSON.stringify(members)]);
  }

  /** @returns who was removed, with the state that it had */
  remove(
    chatId: string,
    userIds: readonly string[],
    state?: MemberState,
  ): Promise<{ userId: string; state: MemberState }[]> {
    return this.database.query(REMOVE, [chatId, userIds, state ?? null]);
  }

  find(chatId: string, userIds: readonly string[]): Promise<MemberEntity[]> {
    return this.database.manager.findBy(MemberEntity, { chatId, userId: In([...userIds]) });
  }

  /** One user's membership in each of these chats that it is in. */
  findOfUser(userId: string, chatIds: readonly string[]): Promise<MemberEntity[]> {
    return this.database.manager.findBy(MemberEntity, { userId, chatId: In([...chatIds]) });
  }

  /** In the order in which they came. */
  ofChats(chatIds: readonly string[]): Promise<MemberEntity[]> {
    return this.database.manager.find(MemberEntity, {
      where: { chatId: In([...chatIds]) },
      order: { joinedAt: 'ASC', userId: 'ASC' },
    });
  }

  async update(
    chatId: string,
    userIds: readonly string[],
    changes: Partial<Omit<MemberEntity, 'chatId' | 'userId'>>,
  ): Promise<void> {
    await this.database.manager.update(MemberEntity, { chatId, userId: In([...userIds]) }, changes);
  }

  /** @param customType only groups with this one */
  async groupsOf(userId: string, customType?: string): Promise<string[]> {
    const rows = await this.database.query<{ chatId: string }>(GROUPS_OF, [userId, customType ?? null]);
    return rows.map(({ chatId }) => chatId);
  }

  summaries(chatIds: readonly string[]): Promise<MembersSummary[]> {
    return this.database.query(SUMMARIES, [chatIds]);
  }

  operators(chatIds: readonly string[]): Promise<{ chatId: string; userId: string }[]> {
    return this.database.query(OPERATORS, [chatIds]);
  }

  async count(chatId: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(COUNT, [chatId]);
    return row.count;
  }

  /** A page of members, by nickname; operators first if asked for. */
  async list(query: MembersQuery): Promise<{ member: MemberEntity; listed: ListedMember }[]> {
    const rank = query.order === 'operatorsFirst' ? `CASE member.role WHEN 'operator' THEN 0 ELSE 1 END` : '0';
    const builder = this.database.manager
      .createQueryBuilder(MemberEntity, 'member')
      .innerJoin(UserEntity, 'person', 'person.id = member.user_id')
      .addSelect('person.nickname', 'nickname')
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
    const { entities, raw } = await builder.getRawAndEntities<{ nickname: string; role_rank: number }>();
    return entities.map((member, index) => ({
      member,
      listed: { userId: member.userId, position: [Number(raw[index].role_rank), raw[index].nickname, member.userId] },
    }));
  }
}
