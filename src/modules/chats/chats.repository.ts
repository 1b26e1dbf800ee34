import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database, statement } from '../../core/database/database.js';
import { ChatEntity } from './chat.entity.js';
import { MemberEntity } from './member.entity.js';

const MEMBERSHIPS = statement(
  'members.memberships',
  `SELECT m.chat_id AS "chatId", m.user_id AS "userId", m.state FROM members m
   JOIN unnest($1::text[], $2::text[]) AS wanted (chat_id, user_id) USING (chat_id, user_id)`,
);
const MARK_READ = statement(
  'members.mark_read',
  `UPDATE members m SET read_seq = greatest(m.read_seq, done.seq), read_at = to_timestamp(done.at / 1000.0)
   FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS done (chat_id, user_id, seq, at)
   WHERE m.chat_id = done.chat_id AND m.user_id = done.user_id`,
);
const LOCK_USER = statement('chats.lock_user', 'SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE');
const ADD_LANES = statement('chats.add_lanes', 'UPDATE chats SET lane_count = lane_count + $2 WHERE id = ANY($1)');

export interface Membership {
  chatId: string;
  userId: string;
  state: 'invited' | 'joined';
}

/** That a user has read a chat down to an entry. */
export interface ReadMark {
  chatId: string;
  userId: string;
  seq: number;
  /** Milliseconds. */
  at: number;
}

@Injectable()
export class ChatsRepository {
  constructor(private readonly database: Database) {}

  find(id: string): Promise<ChatEntity | null> {
    return this.database.manager.findOneBy(ChatEntity, { id });
  }

  findMany(ids: readonly string[]): Promise<ChatEntity[]> {
    return this.database.manager.findBy(ChatEntity, { id: In([...ids]) });
  }

  /** @returns false when the id or the distinct key is taken */
  async insert(chat: ChatEntity): Promise<boolean> {
    const result = await this.database.manager
      .createQueryBuilder()
      .insert()
      .into(ChatEntity)
      .values(chat)
      .orIgnore()
      .returning('id')
      .execute();
    return (result.raw as unknown[]).length === 1;
  }

  async delete(id: string): Promise<void> {
    await this.database.manager.delete(ChatEntity, { id });
  }

  findDistinct(distinctKey: string): Promise<ChatEntity | null> {
    return this.database.manager.findOneBy(ChatEntity, { distinctKey });
  }

  listPersonal(userId: string, botId: string): Promise<ChatEntity[]> {
    return this.database.manager.find(ChatEntity, {
      where: { kind: 'personal', userId, botId },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  }

  countPersonal(userId: string, botId: string): Promise<number> {
    return this.database.manager.countBy(ChatEntity, { kind: 'personal', userId, botId });
  }

  /** Makes two transactions that count something of the same user wait for each other. */
  async lockUser(userId: string): Promise<void> {
    await this.database.query(LOCK_USER, [userId]);
  }

  async insertMembers(members: MemberEntity[]): Promise<void> {
    if (members.length > 0) await this.database.manager.insert(MemberEntity, members);
  }

  members(chatId: string): Promise<MemberEntity[]> {
    return this.database.manager.find(MemberEntity, { where: { chatId }, order: { joinedAt: 'ASC', userId: 'ASC' } });
  }

  /** @returns those of the wanted pairs that are memberships */
  memberships(pairs: readonly { chatId: string; userId: string }[]): Promise<Membership[]> {
    return this.database.query(MEMBERSHIPS, [pairs.map(({ chatId }) => chatId), pairs.map(({ userId }) => userId)]);
  }

  async markRead(marks: readonly ReadMark[]): Promise<void> {
    await this.database.query(MARK_READ, [
      marks.map(({ chatId }) => chatId),
      marks.map(({ userId }) => userId),
      marks.map(({ seq }) => seq),
      marks.map(({ at }) => at),
    ]);
  }

  async addLanes(chatIds: readonly string[], count: number): Promise<void> {
    await this.database.query(ADD_LANES, [chatIds, count]);
  }
}
