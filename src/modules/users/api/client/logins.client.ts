import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { Settings } from '../../../../core/config/settings.js';
import { addressKey, addressPseudonym } from '../../../../core/rate-limit/client-address.js';
import type { RateLimit } from '../../../../core/rate-limit/rate-limit.js';
import { RateLimiter } from '../../../../core/rate-limit/rate-limiter.js';
import { SessionCookie } from '../../../../protocols/client/session-cookie.js';
import { AccountErasureService, type Actor, SessionsService } from '../../../auth/index.js';
import type { UserEntity } from '../../user.entity.js';
import { UsersService } from '../../users.service.js';

const MAX_LANGUAGES = 4;
/** As in BCP 47, not too exactly. */
const LANGUAGE = /^[a-z]{2,8}(-[a-z0-9]{1,8}){0,3}$/i;

/** Those that the browser says its person reads, the best first. */
const languagesOf = ({ req }: Response): string[] =>
  req
    .acceptsLanguages()
    .filter((language) => LANGUAGE.test(language))
    .slice(0, MAX_LANGUAGES);

/** How browsers come by a session, and lose it: what the services do, and the cookie that tells the browser of it. */
@Injectable()
export class ClientLogins {
  private readonly signUps: RateLimit;

  constructor(
    private readonly settings: Settings,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly cookie: SessionCookie,
    private readonly erasure: AccountErasureService,
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

  /** @param everywhere whether all sessions of the user end, and not only this one */
  async logOut(actor: Actor, everywhere: boolean, response: Response): Promise<void> {
    if (everywhere) await this.sessions.revokeAll(actor, actor.id);
    this.cookie.clear(response);
  }

  /** Erases the person, with all sessions. @throws DomainError not_found `user.not_found` */
  async deleteAccount(actor: Actor, response: Response): Promise<void> {
    await this.erasure.erase(actor, actor.id);
    this.cookie.clear(response);
  }

  /** Ends all sessions of the user but this one, which is opened anew. @throws DomainError not_found `user.not_found` */
  async revokeOthers(actor: Actor, response: Response): Promise<void> {
    this.cookie.open(response, await this.sessions.revokeAll(actor, actor.id));
  }
}
