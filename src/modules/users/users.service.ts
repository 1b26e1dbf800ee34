import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServiceConfig } from '../../core/config/service-config.js';
import { newId } from '../../core/crypto/ids.js';
import { Encryptor } from '../../core/crypto/encryptor.js';
import { randomHex } from '../../core/crypto/tokens.js';
import { Database, settleAll } from '../../core/database/database.js';
import { defaultsOf, givenColumns } from '../../core/database/entity-columns.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { UserEntity, type UserKind } from './user.entity.js';
import { UserAccessChanged, UserDeleted, UserMembershipsEnding, UserImageChanged } from './user.events.js';
import {
  invalidNicknameCharacters,
  nicknameTooLong,
  nicknameTooShort,
  userDeactivated,
  userExists,
  userNotFound,
} from './user.errors.js';
import { isUserIdTaken, type UserFilter, UsersRepository } from './users.repository.js';

export interface CreateUser {
  /** Generated if absent. */
  id?: string;
  kind: UserKind;
  nickname: string;
  profileUrl?: string;
  metadata?: Record<string, string>;
  discoveryKeys?: string[];
  /** BCP 47 tags of the languages that the user reads, most preferred first. */
  preferredLanguages?: string[];
  /** A keyed hash of the address from which a person signs up. */
  signUpOrigin?: string;
  /** Issue an access token for logins of the user's client. */
  issueAccessToken?: boolean;
  /** Now if absent. */
  createdAt?: Date;
}

/** Absent fields stay unchanged. */
export interface UpdateUser extends Partial<
  Pick<
    UserEntity,
    | 'nickname'
    | 'profileUrl'
    | 'metadata'
    | 'isActive'
    | 'lastSeenAt'
    | 'discoveryKeys'
    | 'preferredLanguages'
    | 'acceptsInvitations'
  >
> {
  /** Issue a new access token; the old one becomes invalid. */
  issueAccessToken?: boolean;
  /** Whether the user leaves its groups on deactivation. */
  leaveWhenDeactivated?: boolean;
}

/** Random, so that generations of one id differ. */
const newSessionGeneration = (): number => randomInt(1, 2 ** 47);

/** Nicknames accepted at sign-up. */
const NICKNAME = /^[A-Za-z0-9 -]*$/;

/** People and bots, in one id space. The bots module creates the bots. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersRepository,
    private readonly encryptor: Encryptor,
    private readonly config: ServiceConfig,
    private readonly database: Database,
    private readonly events: DomainEvents,
  ) {}

  /**
   * Creates a person by self-service. Nicknames need not be unique; their length is counted in bytes.
   *
   * @param preferredLanguages the languages that the person reads, most preferred first
   * @param signUpOrigin a keyed hash of the address from which the person signs up
   * @throws DomainError invalid `user.nickname_too_short`, `user.nickname_too_long`, `user.nickname_characters`
   */
  async signUp(nickname: string, preferredLanguages: string[] = [], signUpOrigin = ''): Promise<UserEntity> {
    const { minNicknameLength, maxNicknameLength } = this.config.limits.user;
    const length = Buffer.byteLength(nickname);
    if (length < minNicknameLength) throw nicknameTooShort(minNicknameLength);
    if (length > maxNicknameLength) throw nicknameTooLong(maxNicknameLength);
    if (!NICKNAME.test(nickname)) throw invalidNicknameCharacters();
    return this.create({ kind: 'person', nickname, preferredLanguages, signUpOrigin });
  }

  /** @throws DomainError conflict `user.exists` */
  async create(command: CreateUser): Promise<UserEntity> {
    const user = Object.assign(new UserEntity(), defaultsOf(UserEntity), givenColumns(UserEntity, command), {
      id: command.id ?? newId(),
      createdAt: command.createdAt ?? new Date(),
      accessTokenEncrypted: command.issueAccessToken ? this.encryptor.encrypt(randomHex(20)) : null,
      sessionGeneration: newSessionGeneration(),
    });
    const insert = async () => {
      const isInserted = await this.users.insert(user).catch((error: unknown) => {
        throw isUserIdTaken(error) ? userExists(user.id) : error;
      });
      if (!isInserted) throw userExists(user.id);
    };
    if (user.profileUrl === '') await insert();
    else await this.database.transaction(() => settleAll([insert(), this.publishImage(user)]));
    return user;
  }

  /** @throws DomainError not_found `user.not_found` */
  async get(id: string): Promise<UserEntity> {
    const user = await this.users.find(id);
    if (!user) throw userNotFound(id);
    return user;
  }

  /** @throws DomainError not_found `user.not_found`, also for a bot; forbidden `user.deactivated` */
  async getActivePerson(id: string): Promise<UserEntity> {
    const user = await this.get(id);
    if (user.kind !== 'person') throw userNotFound(id);
    if (!user.isActive) throw userDeactivated(id);
    return user;
  }

  /** @returns the existing users by id */
  async findMany(ids: Iterable<string>): Promise<Map<string, UserEntity>> {
    const unique = [...new Set(ids)];
    if (unique.length === 0) return new Map();
    return new Map((await this.users.findMany(unique)).map((user) => [user.id, user]));
  }

  /** In the order of creation. */
  list(filter: UserFilter): Promise<UserEntity[]> {
    return this.users.list(filter);
  }

  /** @returns the changed user @throws DomainError not_found `user.not_found` */
  update(id: string, command: UpdateUser): Promise<UserEntity> {
    const changes = {
      ...givenColumns(UserEntity, command),
      ...(command.issueAccessToken ? { accessTokenEncrypted: this.encryptor.encrypt(randomHex(20)) } : {}),
    };
    const leaves = command.isActive === false && command.leaveWhenDeactivated;
    return this.database.transaction(async () => {
      const [user] = await settleAll([
        this.change(id, changes),
        leaves ? this.events.publish(new UserMembershipsEnding(id)) : undefined,
      ]);
      return user;
    });
  }

  /** Changes a user that the open transaction has locked. @returns the changed user */
  async updateLocked(user: UserEntity, changes: Partial<UserEntity>): Promise<UserEntity> {
    if (Object.keys(changes).length === 0) return user;
    const changed = { ...user, ...changes };
    await settleAll([
      this.users.update(changed),
      changed.profileUrl === user.profileUrl ? undefined : this.publishImage(changed),
      this.hasAccessChanged(changed, user) ? this.events.publish(new UserAccessChanged(user.id)) : undefined,
    ]);
    return changed;
  }

  /** Revokes all sessions of a user. @throws DomainError not_found `user.not_found` */
  async endSessions(id: string): Promise<void> {
    await this.database.transaction(() => this.change(id, { sessionGeneration: newSessionGeneration() }));
  }

  /**
   * Removes a person.
   *
   * @param replacementId erases the person's content too; this id replaces the person's in what remains
   * @throws DomainError not_found `user.not_found`, also for a bot: the bots module removes bots
   */
  async deletePerson(id: string, replacementId?: string): Promise<void> {
    await this.database.transaction(async () => {
      const [user] = await settleAll([this.users.lock(id), this.leaveAllGroups(id), this.delete(id, replacementId)]);
      if (user?.kind !== 'person') throw userNotFound(id);
    });
  }

  /** Removes a user from all its groups. In the open transaction, which then deletes the user. */
  leaveAllGroups(id: string): Promise<void> {
    return this.events.publish(new UserMembershipsEnding(id));
  }

  /** Deletes a user. Its messages remain unless `replacementId` is given. In the open transaction. */
  async delete(id: string, replacementId?: string): Promise<void> {
    await settleAll([this.users.delete(id), this.events.publish(new UserDeleted(id, replacementId))]);
  }

  private async change(id: string, changes: Partial<UserEntity>): Promise<UserEntity> {
    const user = await this.users.lock(id);
    if (!user) throw userNotFound(id);
    return this.updateLocked(user, changes);
  }

  private hasAccessChanged(changed: UserEntity, { isActive, sessionGeneration }: UserEntity): boolean {
    return changed.isActive !== isActive || changed.sessionGeneration !== sessionGeneration;
  }

  private publishImage({ id, profileUrl }: UserEntity): Promise<void> {
    return this.events.publish(new UserImageChanged(id, profileUrl));
  }

  botNameExists(nickname: string): Promise<boolean> {
    return this.users.botNameExists(nickname);
  }

  /** @returns the access token for the user's client, or `""` */
  revealAccessToken(user: UserEntity): string {
    return user.accessTokenEncrypted ? this.encryptor.decrypt(user.accessTokenEncrypted) : '';
  }
}
