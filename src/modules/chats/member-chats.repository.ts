import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { batchable, BatchedQuery } from '../../core/database/batched-query.js';
import { columnList } from '../../core/database/entity-columns.js';
import { Database, statement } from '../../core/database/database.js';
import { isLiveChat } from './deleted-chats.js';
import { MemberEntity } from './member.entity.js';

const LATEST = statement(
  'member_chats.latest',
  `SELECT c.id FROM members m JOIN chats c ON c.id = m.chat_id
   WHERE m.user_id = $1 AND m.state = 'joined' AND ${isLiveChat('c')} ORDER BY c.last_at DESC, c.id LIMIT $2 OFFSET $3`,
);

const FIND = batchable(
  'member_chats.find',
  `SELECT ${columnList(MemberEntity)} FROM members WHERE user_id = $1 AND chat_id = $2 AND state = 'joined'`,
  ['text', 'text'],
);

@Injectable()
export class MemberChatsRepository {
  private readonly members: BatchedQuery<MemberEntity>;

  constructor(private readonly database: Database) {
    this.members = new BatchedQuery(database, FIND);
  }

  /** A member that has joined. */
  async findMember(userId: string, chatId: string): Promise<MemberEntity | undefined> {
    return (await this.members.query(userId, chatId))[0];
  }

  /** The ids of the chats of any kind that a user has joined, latest log entry first. */
  async latest(userId: string, limit: number, skip: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(LATEST, [userId, limit, skip]);
    return rows.map(({ id }) => id);
  }

  /** The joined members of a chat, in the order of joining. */
  joined(chatId: string, limit: number, skip: number): Promise<MemberEntity[]> {
    return this.database.manager.find(MemberEntity, {
      where: { chatId, state: 'joined' },
      order: { joinedAt: 'ASC', userId: 'ASC' },
      take: limit,
      skip,
    });
  }

  membersOf(userId: string, chatIds: readonly string[]): Promise<MemberEntity[]> {
    return this.database.manager.findBy(MemberEntity, { userId, chatId: In([...chatIds]), state: 'joined' });
  }
}
