import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { columnList } from '../../core/database/entity-columns.js';
import { UserEntity } from './user.entity.js';

/** The columns of a user, for statements that join its table. @param u the table's alias */
export const userColumns = (u: string): string => columnList(UserEntity, u);

const FIND_MANY = statement('users.find_many', `SELECT ${userColumns('u')} FROM users u WHERE u.id = ANY($1)`);
const LOCK = statement('users.lock', `SELECT ${userColumns('u')} FROM users u WHERE u.id = $1 FOR NO KEY UPDATE`);
// The deletion task of a deleted bot's memberships must not remove a new bot from groups.
const INSERT = statement(
  'users.insert',
  `INSERT INTO users (id, nickname, profile_url, metadata, is_active, discovery_keys, preferred_languages,
                      accepts_invitations, last_seen_at, access_token_encrypted, session_generation, kind, created_at, sign_up_origin)
   SELECT $1, $2, $3, $4::jsonb, $5::boolean, $6::text[], $7::text[], $8::boolean, $9::timestamptz, $10::bytea, $11::bigint, $12,
          $13::timestamptz, $14
   WHERE NOT EXISTS (SELECT FROM deletion_tasks gone WHERE gone.kind = 'memberships' AND gone.subject_id = $1)
   RETURNING 1`,
);
const UPDATE = statement(
  'users.update',
  `UPDATE users SET nickname = $2, profile_url = $3, metadata = $4, is_active = $5, discovery_keys = $6,
                    preferred_languages = $7, accepts_invitations = $8, last_seen_at = $9, access_token_encrypted = $10,
                    session_generation = $11
   WHERE id = $1`,
);
const DELETE = statement('users.delete', 'DELETE FROM users WHERE id = $1');

/** The changeable columns of a user, in the order of the statements: $2 to $11. */
const updateValues = (user: UserEntity): unknown[] => [
  user.nickname,
  user.profileUrl,
  user.metadata,
  user.isActive,
  user.discoveryKeys,
  user.preferredLanguages,
  user.acceptsInvitations,
  user.lastSeenAt,
  user.accessTokenEncrypted,
  user.sessionGeneration,
];

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
    const values = [user.id, ...updateValues(user), user.kind, user.createdAt, user.signUpOrigin];
    return (await this.database.query(INSERT, values)).length > 0;
  }

  async update(user: UserEntity): Promise<void> {
    await this.database.query(UPDATE, [user.id, ...updateValues(user)]);
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
