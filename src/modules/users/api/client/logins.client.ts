import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { UsersSettings } from '../../users.settings.js';
import { addressKey, addressPseudonym } from '../../../../core/rate-limit/client-address.js';
import type { RateLimit } from '../../../../core/rate-limit/rate-limit.js';
import { RateLimiter } from '../../../../core/rate-limit/rate-limiter.js';
import { SessionCookie } from '../../../../protocols/client/session-cookie.js';
import { AccountDeletionService, type Actor, SessionsService } from '../../../auth/index.js';
import type { UserEntity } from '../../user.entity.js';
import { UsersService } from '../../users.service.js';

const MAX_LANGUAGES = 4;
/** A BCP 47 tag, simplified. */
const LANGUAGE = /^[a-z]{2,8}(-[a-z0-9]{1,8}){0,3}$/i;

/** The languages of the header `Accept-Language`, most preferred first. */
const languagesOf = ({ req }: Response): string[] =>
  req
    .acceptsLanguages()
    .filter((language) => LANGUAGE.test(language))
    .slice(0, MAX_LANGUAGES);

/** Opens and ends browser sessions, and sets their cookies. */
@Injectable()
export class ClientLogins {
  private readonly signUps: RateLimit;

  constructor(
    private readonly settings: UsersSettings,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly cookie: SessionCookie,
    private readonly accountDeletion: AccountDeletionService,
    private readonly limiter: RateLimiter,
  ) {
    this.signUps = {
      name: 'sign-ups',
      code: 'user.too_many_sign_ups',
      what: 'sign-ups from this address',
      windows: [
        { max: settings.SIGN_UPS_PER_MINUTE, seconds: 60 },
        { max: settings.SIGN_UPS_PER_HOUR, seconds: 3600 },
      ],
    };
  }

  /** @throws DomainError rate_limited `user.too_many_sign_ups`; as `UsersService.signUp` */
  async signUp(nickname: string, response: Response): Promise<UserEntity> {
    const { ip } = response.req;
    await this.limiter.consume(this.signUps, addressKey(ip));
    const user = await this.users.signUp(
      nickname,
      languagesOf(response),
      addressPseudonym(ip, this.settings.ENCRYPTION_KEY),
    );
    this.cookie.open(response, user);
    return user;
  }

  /** @param everywhere revokes all sessions of the user */
  async logOut(actor: Actor, everywhere: boolean, response: Response): Promise<void> {
    if (everywhere) await this.sessions.revokeAll(actor, actor.id);
    this.cookie.clear(response);
  }

  /** Erases the person and ends all sessions. @throws DomainError not_found `user.not_found` */
  async deleteAccount(actor: Actor, response: Response): Promise<void> {
    await this.accountDeletion.erase(actor, actor.id);
    this.cookie.clear(response);
  }

  /** Revokes all sessions of the user and opens a new one for this browser. @throws DomainError not_found `user.not_found` */
  async revokeOthers(actor: Actor, response: Response): Promise<void> {
    await this.sessions.revokeAll(actor, actor.id);
    this.cookie.open(response, await this.users.get(actor.id));
  }
}
