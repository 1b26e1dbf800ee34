import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import { Database } from '../../core/database/database.js';
import { ChatEntity } from './chat.entity.js';
import type { HiddenState, MemberState } from './member.entity.js';

export type GroupOrder = 'created' | 'lastMessage' | 'title' | 'metadata';

/** Filter of a list of groups. All given conditions apply. */
export interface GroupFilter {
  order: GroupOrder;
  /** For the order `metadata`: the item whose value is the sort key. Groups without it come first. */
  orderKey?: string;
  /** The sort key and id of the previous page's last group. */
  after?: readonly [string | number, string];
  limit: number;
  isDistinct?: boolean;
  isPublic?: boolean;
  isSuper?: boolean;
  /** Exclude groups without messages. */
  withMessages?: boolean;
  /** Exclude frozen groups. */
  notFrozen?: boolean;
  ids?: readonly string[];
  customTypes?: readonly string[];
  customTypePrefix?: string;
  title?: string;
  titlePart?: string;
  titlePrefix?: string;
  createdAfter?: Date;
  createdBefore?: Date;
  metadata?: { key: string; values?: readonly string[]; prefix?: string };
  /** Exactly these members. */
  membersExactly?: readonly string[];
  /** All of these members, or at least one. */
  membersInclude?: { ids: readonly string[]; all: boolean };
  /** A member has one of these nicknames. */
  memberNicknames?: readonly string[];
  memberNicknamePart?: string;
  memberNicknamePrefix?: string;
  /** Only groups of this user, by its view. */
  member?: { userId: string; state?: MemberState; hidden?: readonly HiddenState[]; unread?: boolean };
}

/** Sort keys. The time of the last message is read from the log. */
const SORT_KEYS: Record<GroupOrder, { sql: string; direction: 'ASC' | 'DESC' }> = {
  created: { sql: `(extract(epoch FROM chat.created_at) * 1000)::bigint`, direction: 'DESC' },
  lastMessage: {
    sql: `coalesce((SELECT (extract(epoch FROM newest.created_at) * 1000)::bigint FROM messages newest
                    WHERE newest.chat_id = chat.id AND newest.seq > chat.start_seq AND newest.removed_at IS NULL ORDER BY newest.seq DESC LIMIT 1), 0)`,
    direction: 'DESC',
  },
  // Parentheses make it an expression. TypeORM would select the bare column as the sort key only and leave the entity without it.
  title: { sql: '(chat.title)', direction: 'ASC' },
  metadata: { sql: `coalesce(chat.metadata ->> :orderKey, '')`, direction: 'ASC' },
};

const HAS_MEMBER = `EXISTS (SELECT FROM members other JOIN users person ON person.id = other.user_id WHERE other.chat_id = chat.id`;

/** A new message unhides a chat, if the member allows it. */
const HIDDEN_STATE = `CASE WHEN own.hidden_state = 'hidden_allow_auto_unhide' AND EXISTS (
    SELECT FROM messages m WHERE m.chat_id = chat.id AND m.seq > greatest(own.hidden_seq, chat.start_seq) AND m.removed_at IS NULL)
  THEN 'unhidden' ELSE own.hidden_state END`;

@Injectable()
export class ChatQueriesRepository {
  constructor(private readonly database: Database) {}

  /** Lists groups with their sort keys, in one statement. */
  async listGroups(filter: GroupFilter): Promise<{ chat: ChatEntity; key: string | number }[]> {
    const { sql, direction } = SORT_KEYS[filter.order];
    const query = this.database.manager
      .createQueryBuilder(ChatEntity, 'chat')
      .addSelect(sql, 'sort_key')
      .where(`chat.kind = 'group'`)
      .orderBy(filter.order === 'created' ? 'chat.created_at' : 'sort_key', direction)
      .addOrderBy('chat.id', direction)
      .limit(filter.limit);
    if (filter.order === 'metadata') query.setParameter('orderKey', filter.orderKey ?? '');
    if (filter.after) after(query, filter.order, filter.after);
    whereChat(query, filter);
    whereTitle(query, filter);
    whereMembers(query, filter);
    const { entities, raw } = await query.getRawAndEntities<{ sort_key: string | number }>();
    return entities.map((chat, index) => ({ chat, key: raw[index].sort_key }));
  }
}

type Query = SelectQueryBuilder<ChatEntity>;

function after(query: Query, order: GroupOrder, [key, id]: readonly [string | number, string]): void {
  const { sql, direction } = SORT_KEYS[order];
  const operator = direction === 'ASC' ? '>' : '<';
  if (order === 'created') {
    query.andWhere(`(chat.created_at, chat.id) ${operator} (to_timestamp(:key / 1000.0), :id)`, { key, id });
  } else {
    query.andWhere(`(${sql}, chat.id) ${operator} (:key, :id)`, { key, id });
  }
}

function whereChat(query: Query, filter: GroupFilter): void {
  const { isDistinct, isPublic, isSuper, ids, createdAfter, createdBefore, metadata } = filter;
  if (isDistinct !== undefined) query.andWhere('chat.is_distinct = :isDistinct', { isDistinct });
  if (isPublic !== undefined) query.andWhere('chat.is_public = :isPublic', { isPublic });
  if (isSuper !== undefined) query.andWhere('chat.is_super = :isSuper', { isSuper });
  if (filter.withMessages) query.andWhere('chat.message_count > 0');
  if (filter.notFrozen) query.andWhere('NOT chat.is_frozen');
  if (ids) query.andWhere('chat.id = ANY(:ids)', { ids });
  if (createdAfter) query.andWhere('chat.created_at > :createdAfter', { createdAfter });
  if (createdBefore) query.andWhere('chat.created_at < :createdBefore', { createdBefore });
  if (!metadata) return;
  query.andWhere('chat.metadata ->> :metadataKey IS NOT NULL', { metadataKey: metadata.key });
  if (metadata.values)
    query.andWhere('chat.metadata ->> :metadataKey = ANY(:metadataValues)', { metadataValues: metadata.values });
  if (metadata.prefix)
    query.andWhere('starts_with(chat.metadata ->> :metadataKey, :metadataPrefix)', { metadataPrefix: metadata.prefix });
}

function whereTitle(query: Query, { title, titlePart, titlePrefix, customTypes, customTypePrefix }: GroupFilter): void {
  if (title !== undefined) query.andWhere('chat.title = :title', { title });
  if (titlePart) query.andWhere('position(lower(:titlePart) IN lower(chat.title)) > 0', { titlePart });
  if (titlePrefix) query.andWhere('starts_with(lower(chat.title), lower(:titlePrefix))', { titlePrefix });
  if (customTypes) query.andWhere('chat.custom_type = ANY(:customTypes)', { customTypes });
  if (customTypePrefix) query.andWhere('starts_with(chat.custom_type, :customTypePrefix)', { customTypePrefix });
}

/** Reads the few chats of these users instead of the members of all chats. */
const withMembers = (users: string, count: string): string =>
  `chat.id IN (SELECT m.chat_id FROM members m WHERE m.user_id = ANY(:${users}) GROUP BY m.chat_id HAVING count(*) >= :${count})`;

function whereMembers(query: Query, filter: GroupFilter): void {
  const { membersExactly, membersInclude, member } = filter;
  if (membersExactly) {
    const exactly = [...new Set(membersExactly)];
    query
      .andWhere(withMembers('exactly', 'exactCount'), { exactly, exactCount: exactly.length })
      .andWhere(`(SELECT count(*) FROM members m WHERE m.chat_id = chat.id) = :exactCount`);
  }
  if (membersInclude) {
    const included = [...new Set(membersInclude.ids)];
    const includedCount = membersInclude.all ? included.length : 1;
    query.andWhere(withMembers('included', 'includedCount'), { included, includedCount });
  }
  if (filter.memberNicknames)
    query.andWhere(`${HAS_MEMBER} AND person.nickname = ANY(:nicknames))`, { nicknames: filter.memberNicknames });
  if (filter.memberNicknamePart)
    query.andWhere(`${HAS_MEMBER} AND position(lower(:nickPart) IN lower(person.nickname)) > 0)`, {
      nickPart: filter.memberNicknamePart,
    });
  if (filter.memberNicknamePrefix)
    query.andWhere(`${HAS_MEMBER} AND starts_with(lower(person.nickname), lower(:nickPrefix)))`, {
      nickPrefix: filter.memberNicknamePrefix,
    });
  if (member) whereMember(query, member);
}

function whereMember(query: Query, { userId, state, hidden, unread }: NonNullable<GroupFilter['member']>): void {
  query.innerJoin('members', 'own', 'own.chat_id = chat.id AND own.user_id = :ownId', { ownId: userId });
  if (state) query.andWhere('own.state = :ownState', { ownState: state });
  if (hidden) query.andWhere(`${HIDDEN_STATE} = ANY(:hidden)`, { hidden });
  if (unread)
    query.andWhere(
      `EXISTS (SELECT FROM messages m WHERE m.chat_id = chat.id AND m.seq > greatest(own.read_seq, chat.start_seq) AND m.removed_at IS NULL
               AND m.sender_id IS DISTINCT FROM own.user_id)`,
    );
}
