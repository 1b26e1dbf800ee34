import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { columnList, insertInto, insertValues, propertiesOf, updateById } from '../../core/database/entity-columns.js';
import { UserEntity } from './user.entity.js';

/** The columns of a user, for statements that join its table. @param u the table's alias */
export const userColumns = (u: string): string => columnList(UserEntity, u);

const FIND_MANY = statement('users.find_many', `SELECT ${userColumns('u')} FROM users u WHERE u.id = ANY($1)`);
const LOCK = statement('users.lock', `SELECT ${userColumns('u')} FROM users u WHERE u.id = $1 FOR NO KEY UPDATE`);
// The deletion task of a deleted bot's memberships must not remove a new bot from groups.
const NO_PREDECESSOR = `NOT EXISTS (
  SELECT FROM deletion_tasks gone WHERE gone.kind = 'memberships' AND gone.subject_id = $1)`;
const INSERT = statement(
  'users.insert',
  `${insertInto('users', UserEntity, { condition: NO_PREDECESSOR })} RETURNING 1`,
);
const UNCHANGEABLE: readonly string[] = ['id', 'kind', 'signUpOrigin', 'createdAt'] satisfies (keyof UserEntity)[];
const CHANGEABLE = propertiesOf(UserEntity).filter((name) => !UNCHANGEABLE.includes(name));
const UPDATE = statement('users.update', updateById('users', UserEntity, CHANGEABLE));
const DELETE = statement('users.delete', 'DELETE FROM users WHERE id = $1');

/** Whether an insert failed because the id is taken. */
export const isUserIdTaken = (error: unknown): boolean =>
  (error as { constraint?: string }).constraint === 'users_pkey';

/** The position of a page of users: after the user with this creation time and id. */
export interface UserCursor {
  createdAt: Date;
  id: string;
}

export interface UserFilter {
  after?: UserCursor;
  limit: number;
  isActive?: boolean;
  /** Exclude bots. */
  peopleOnly?: boolean;
  ids?: readonly string[];
  nickname?: string;
  nicknamePrefix?: string;
  /** The metadata has this key, with one of the values if given. */
  metadata?: { key: string; values?: readonly string[] };
}

@Injectable()
export class UsersRepository {
  constructor(private readonly database: Database) {}

  /**
   * @returns false if a deleted user with this id has not yet left all its groups
   * @throws a database error that `isUserIdTaken` recognizes
   */
  async insert(user: UserEntity): Promise<boolean> {
    return (await this.database.query(INSERT, insertValues(UserEntity, user))).length > 0;
  }

  async update(user: UserEntity): Promise<void> {
    await this.database.query(UPDATE, [user.id, ...CHANGEABLE.map((name) => user[name])]);
  }

  async delete(id: string): Promise<void> {
    await this.database.query(DELETE, [id]);
  }

  /** Locks a user until the transaction ends. */
  async lock(id: string): Promise<UserEntity | undefined> {
    return (await this.database.query<UserEntity>(LOCK, [id]))[0];
  }

  async find(id: string): Promise<UserEntity | undefined> {
    return (await this.findMany([id]))[0];
  }

  findMany(ids: readonly string[]): Promise<UserEntity[]> {
    return this.database.query<UserEntity>(FIND_MANY, [ids]);
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
