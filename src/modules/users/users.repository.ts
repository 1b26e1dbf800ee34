import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database } from '../../core/database/database.js';
import { UserEntity } from './user.entity.js';

/** Where a page of users begins: behind the user with this creation time and id. */
export interface UserCursor {
  createdAt: Date;
  id: string;
}

export interface UserFilter {
  after?: UserCursor;
  limit: number;
  isActive?: boolean;
  /** Leave out bots. */
  peopleOnly?: boolean;
  ids?: readonly string[];
  nickname?: string;
  nicknamePrefix?: string;
  /** Has this key in its metadata, with one of these values if there are any. */
  metadata?: { key: string; values?: readonly string[] };
}

@Injectable()
export class UsersRepository {
  constructor(private readonly database: Database) {}

  /** @returns false when the id is taken */
  async insert(user: UserEntity): Promise<boolean> {
    const result = await this.database.manager
      .createQueryBuilder()
      .insert()
      .into(UserEntity)
      .values(user)
      .orIgnore()
      .returning('id')
      .execute();
    return (result.raw as unknown[]).length === 1;
  }

  async update(id: string, changes: Partial<Omit<UserEntity, 'id' | 'kind'>>): Promise<void> {
    await this.database.manager.update(UserEntity, { id }, changes);
  }

  async delete(id: string): Promise<void> {
    await this.database.manager.delete(UserEntity, { id });
  }

  /** @returns the user, that nobody else can change until the transaction ends */
  lock(id: string): Promise<UserEntity | null> {
    return this.database.manager.findOne(UserEntity, { where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  find(id: string): Promise<UserEntity | null> {
    return this.database.manager.findOneBy(UserEntity, { id });
  }

  findMany(ids: readonly string[]): Promise<UserEntity[]> {
    return this.database.manager.findBy(UserEntity, { id: In([...ids]) });
  }

  /** In the order of creation. */
  list({
    after,
    limit,
    isActive,
    peopleOnly,
    ids,
    nickname,
    nicknamePrefix,
    metadata,
  }: UserFilter): Promise<UserEntity[]> {
    const query = this.database.manager
      .createQueryBuilder(UserEntity, 'user')
      .orderBy('user.createdAt')
      .addOrderBy('user.id')
      .limit(limit);
    if (after) query.andWhere('(user.created_at, user.id) > (:createdAt, :id)', after);
    if (isActive !== undefined) query.andWhere('user.is_active = :isActive', { isActive });
    if (peopleOnly) query.andWhere(`user.kind = 'person'`);
    if (ids) query.andWhere('user.id = ANY(:ids)', { ids });
    if (nickname !== undefined) query.andWhere('user.nickname = :nickname', { nickname });
    if (nicknamePrefix) query.andWhere('starts_with(user.nickname, :nicknamePrefix)', { nicknamePrefix });
    if (metadata) query.andWhere('user.metadata ->> :key IS NOT NULL', { key: metadata.key });
    if (metadata?.values) query.andWhere('user.metadata ->> :key = ANY(:values)', metadata);
    return query.getMany();
  }

  botNameExists(nickname: string): Promise<boolean> {
    return this.database.manager.existsBy(UserEntity, { kind: 'bot', nickname });
  }
}
