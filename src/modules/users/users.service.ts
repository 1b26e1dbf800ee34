import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServiceConfig } from '../../core/config/service-config.js';
import { newId } from '../../core/crypto/ids.js';
import { Sealer } from '../../core/crypto/sealer.js';
import { randomHex } from '../../core/crypto/tokens.js';
import { Database, together } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { UserEntity, type UserKind } from './user.entity.js';
import { UserAccessChanged, UserErased, UserLeaving, UserPictureChanged } from './user.events.js';
import {
  nicknameCharacters,
  nicknameTooLong,
  nicknameTooShort,
  userDeactivated,
  userExists,
  userNotFound,
} from './user.errors.js';
import { isUserIdTaken, type UserFilter, UsersRepository } from './users.repository.js';

export interface CreateUser {
  /** Kept when given, else made. */
  id?: string;
  kind: UserKind;
  nickname: string;
  profileUrl?: string;
  metadata?: Record<string, string>;
  discoveryKeys?: string[];
  /** As in BCP 47: those that the user reads, the best first. */
  preferredLanguages?: string[];
  /** A keyed hash of the address that a person signs up from. */
  signUpOrigin?: string;
  /** Make an access token that the user's own client can log in with. */
  issueAccessToken?: boolean;
  /** Now, if absent. */
  createdAt?: Date;
}

/** Absent means: as it is. */
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
  /** Make a new access token; the old one is dead. */
  issueAccessToken?: boolean;
  /** Whether a user that is deactivated leaves its groups. */
  leaveWhenDeactivated?: boolean;
}

/** No two generations of an id are ever the same. */
const newSessionGeneration = (): number => randomInt(1, 2 ** 47);

/** What people may call themselves when they sign up on their own. */
const NICKNAME = /^[A-Za-z0-9 -]*$/;

/** Who speaks: people and bots, in one id space. Bots are made through the bots module, which calls this one. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersRepository,
    private readonly sealer: Sealer,
    private readonly config: ServiceConfig,
    private readonly database: Database,
    private readonly events: DomainEvents,
  ) {}

  /**
   * Makes a person that nobody has vouched for. Nicknames need not be unique; lengths are counted in bytes.
   *
   * @param preferredLanguages that the person reads, the best first
   * @param signUpOrigin a keyed hash of the address that the person signs up from
   * @throws DomainError invalid `user.nickname_too_short`, `user.nickname_too_long`, `user.nickname_characters`
   */
  async signUp(nickname: string, preferredLanguages: string[] = [], signUpOrigin = ''): Promise<UserEntity> {
    const { minNicknameLength, maxNicknameLength } = this.config.limits.user;
    const length = Buffer.byteLength(nickname);
    if (length < minNicknameLength) throw nicknameTooShort(minNicknameLength);
    if (length > maxNicknameLength) throw nicknameTooLong(maxNicknameLength);
    if (!NICKNAME.test(nickname)) throw nicknameCharacters();
    return this.create({ kind: 'person', nickname, preferredLanguages, signUpOrigin });
  }

  /** @throws DomainError conflict `user.exists` */
  async create(command: CreateUser): Promise<UserEntity> {
    const user = Object.assign(new UserEntity(), {
      id: command.id ?? newId(),
      kind: command.kind,
      nickname: command.nickname,
      profileUrl: command.profileUrl ?? '',
      metadata: command.metadata ?? {},
      isActive: true,
      discoveryKeys: command.discoveryKeys ?? [],
      preferredLanguages: command.preferredLanguages ?? [],
      acceptsInvitations: true,
      lastSeenAt: null,
      accessTokenSealed: command.issueAccessToken ? this.sealer.seal(randomHex(20)) : null,
      sessionGeneration: newSessionGeneration(),
      signUpOrigin: command.signUpOrigin ?? '',
      createdAt: command.createdAt ?? new Date(),
    });
    const insert = async () => {
      const isInserted = await this.users.insert(user).catch((error: unknown) => {
        throw isUserIdTaken(error) ? userExists(user.id) : error;
      });
      if (!isInserted) throw userExists(user.id);
    };
    if (user.profileUrl === '') await insert();
    else await this.database.transaction(() => together([insert(), this.tellPicture(user)]));
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

  /** @returns those that exist, by id */
  async findMany(ids: Iterable<string>): Promise<Map<string, UserEntity>> {
    const unique = [...new Set(ids)];
    if (unique.length === 0) return new Map();
    return new Map((await this.users.findMany(unique)).map((user) => [user.id, user]));
  }

  /** In the order of creation. */
  list(filter: UserFilter): Promise<UserEntity[]> {
    return this.users.list(filter);
  }

  /** @returns the user as it is now @throws DomainError not_found `user.not_found` */
  update(id: string, { issueAccessToken, leaveWhenDeactivated, ...fields }: UpdateUser): Promise<UserEntity> {
    const changes = {
      ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
      ...(issueAccessToken ? { accessTokenSealed: this.sealer.seal(randomHex(20)) } : {}),
    };
    const leaves = fields.isActive === false && leaveWhenDeactivated;
    return this.database.transaction(async () => {
      const [user] = await together([
        this.change(id, changes),
        leaves ? this.events.publish(new UserLeaving(id)) : undefined,
      ]);
      return user;
    });
  }

  /** Changes a user that the open transaction has locked. @returns it as it is now */
  async changeLocked(user: UserEntity, changes: Partial<UserEntity>): Promise<UserEntity> {
    if (Object.keys(changes).length === 0) return user;
    const changed = { ...user, ...changes };
    await together([
      this.users.update(changed),
      changed.profileUrl === user.profileUrl ? undefined : this.tellPicture(changed),
      this.hasOtherAccess(changed, user) ? this.events.publish(new UserAccessChanged(user.id)) : undefined,
    ]);
    return changed;
  }

  /**
   * Ends all sessions that were opened for a user so far.
   *
   * @returns the user, for a session that is opened now @throws DomainError not_found `user.not_found`
   */
  endSessions(id: string): Promise<UserEntity> {
    return this.database.transaction(() => this.change(id, { sessionGeneration: newSessionGeneration() }));
  }

  /**
   * Removes a person.
   *
   * @param erasedAs what it has written goes too; this id stands for it where something stays
   * @throws DomainError not_found `user.not_found`, also for a bot, of which the bots module knows more
   */
  async removePerson(id: string, erasedAs?: string): Promise<void> {
    await this.database.transaction(async () => {
      const [user] = await together([this.users.lock(id), this.sendAway(id), this.erase(id, erasedAs)]);
      if (user?.kind !== 'person') throw userNotFound(id);
    });
  }

  /** Lets a user leave its groups, for good. In the open transaction, which then erases it. */
  sendAway(id: string): Promise<void> {
    return this.events.publish(new UserLeaving(id));
  }

  /** Erases the user. What it said stays, unless `erasedAs` is given. In the open transaction. */
  async erase(id: string, erasedAs?: string): Promise<void> {
    await together([this.users.delete(id), this.events.publish(new UserErased(id, erasedAs))]);
  }

  private async change(id: string, changes: Partial<UserEntity>): Promise<UserEntity> {
    const user = await this.users.lock(id);
    if (!user) throw userNotFound(id);
    return this.changeLocked(user, changes);
  }

  private hasOtherAccess(changed: UserEntity, { isActive, sessionGeneration }: UserEntity): boolean {
    return changed.isActive !== isActive || changed.sessionGeneration !== sessionGeneration;
  }

  private tellPicture({ id, profileUrl }: UserEntity): Promise<void> {
    return this.events.publish(new UserPictureChanged(id, profileUrl));
  }

  botNameExists(nickname: string): Promise<boolean> {
    return this.users.botNameExists(nickname);
  }

  /** @returns the access token for the user's own client, or `""` */
  revealAccessToken(user: UserEntity): string {
    return user.accessTokenSealed ? this.sealer.open(user.accessTokenSealed) : '';
  }
}
