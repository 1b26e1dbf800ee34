import { Injectable } from '@nestjs/common';
import { createSigner, createVerifier } from 'fast-jwt';
import { LRUCache } from 'lru-cache';
import { ServiceConfig } from '../../core/config/service-config.js';
import { Database, settleAll } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { UsersService } from '../users/index.js';
import { type Actor, canActAs, requireService } from './actor.js';
import { sessionExpiresTooLate, sessionInvalid, sessionsOfOther } from './auth.errors.js';
import { SessionIssued, SessionsRevoked } from './auth.events.js';
import { AuthSettings } from './auth.settings.js';
import { SessionStates, type SessionUser } from './session-states.js';

/** A verified session. */
export interface Session {
  /** The id of the user. */
  id: string;
  nickname: string;
  /** The generation of the user's sessions. */
  generation: number;
  /** Login time in seconds since 1970. A renewal keeps it. */
  loginAt: number;
  /** Expiry time of the token in seconds since 1970. */
  endsAt: number;
}

export interface SessionToken {
  token: string;
  expiresAt: Date;
}

/** Size of the caches of verified and renewed tokens. */
const CACHE_SIZE = 10_000;
const DAY_SECONDS = 86_400;
/** The default lifetime of a session that a service opens. */
const ISSUED_LIFETIME_MS = 7 * DAY_SECONDS * 1000;

interface RenewedSession extends SessionToken {
  issuedAt: number;
}

/** The claims of a token. Tokens of earlier versions lack the optional ones. */
interface Claims {
  id: string;
  nickname: string;
  iat?: number;
  exp: number;
  auth_time?: number;
  gen?: number;
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/**
 * The sessions of people: signed tokens (HS256) with the claims `id`, `nickname`, `iat`, `exp`, `auth_time` and `gen`.
 *
 * Each use issues a new token with a full lifetime, so a session ends when it is not used for that time, and at the latest
 * SESSION_MAX_DAYS after its login. A token is valid only for the current generation of the user's sessions and while the user is
 * active. So a revocation invalidates all earlier tokens, whenever they were renewed, and tokens of a deleted user are not valid for a
 * new user with the same id.
 */
@Injectable()
export class SessionsService {
  private readonly sign: (claims: Claims) => string;
  private readonly verifyToken: (token: string) => Claims;
  private readonly maxSeconds: number;
  /** Verified tokens: a look-up costs a fraction of a signature check. */
  private readonly verified = new LRUCache<string, Session>({ max: CACHE_SIZE });
  private readonly renewed = new LRUCache<string, RenewedSession>({ max: CACHE_SIZE });

  constructor(
    settings: AuthSettings,
    private readonly config: ServiceConfig,
    private readonly states: SessionStates,
    private readonly users: UsersService,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {
    this.maxSeconds = settings.SESSION_MAX_DAYS * DAY_SECONDS;
    this.sign = createSigner({ key: settings.JWT_SECRET_KEY, algorithm: 'HS256' });
    this.verifyToken = createVerifier({
      key: settings.JWT_SECRET_KEY,
      algorithms: ['HS256'],
      requiredClaims: ['exp', 'id'],
    }) as (token: string) => Claims;
  }

  /** Opens a session that starts now. @param user just read or written */
  open(user: SessionUser): SessionToken {
    this.states.set(user);
    const loginAt = nowSeconds();
    return this.issue(sessionOf(user, loginAt), loginAt + this.lifetimeSeconds);
  }

  /**
   * Opens a session of a person for a service. It expires at the given time unless it is renewed.
   *
   * @throws DomainError not_found `user.not_found`, also for a bot; forbidden `user.deactivated`; invalid
   *   `session.expires_too_late`
   */
  async issueFor(
    actor: Actor,
    userId: string,
    expiresAt = new Date(Date.now() + ISSUED_LIFETIME_MS),
  ): Promise<SessionToken> {
    requireService(actor);
    const loginAt = nowSeconds();
    const exp = Math.floor(expiresAt.getTime() / 1000);
    if (exp > loginAt + this.maxSeconds) throw sessionExpiresTooLate(this.maxSeconds / DAY_SECONDS);
    const [user] = await this.database.transaction(() =>
      settleAll([this.users.getActivePerson(userId), this.events.publish(new SessionIssued(userId, actor))]),
    );
    return this.issue(sessionOf(user, loginAt), exp);
  }

  /** Issues a token with a full lifetime. Calls for the same session within one second return the same token. */
  renew(session: Session): SessionToken {
    const issuedAt = nowSeconds();
    const { id, nickname, generation, loginAt } = session;
    const key = `${generation} ${loginAt} ${id} ${nickname}`;
    const earlier = this.renewed.get(key);
    const exp = Math.min(issuedAt + this.lifetimeSeconds, loginAt + this.maxSeconds);
    if (earlier?.issuedAt === issuedAt && earlier.expiresAt.getTime() === exp * 1000) return earlier;
    const token = { ...this.issue(session, exp), issuedAt };
    this.renewed.set(key, token);
    return token;
  }

  /**
   * @throws DomainError unauthenticated `session.invalid` if the token is missing, forged, revoked or too old, or the user is deleted
   *   or deactivated
   */
  async verify(token: string | undefined): Promise<Session> {
    const session = this.check(token ?? '');
    if (!session) throw sessionInvalid();
    const state = await this.states.get(session.id);
    if (!state?.isActive || state.generation !== session.generation) throw sessionInvalid();
    return session;
  }

  /**
   * Revokes all sessions of a user and ends its streams: in this process at once, in others within a second.
   *
   * @throws DomainError not_found `user.not_found`; forbidden `session.not_yours`
   */
  async revokeAll(actor: Actor, userId: string): Promise<void> {
    if (!canActAs(actor, userId)) throw sessionsOfOther();
    await this.database.transaction(() =>
      settleAll([this.users.endSessions(userId), this.events.publish(new SessionsRevoked(userId, actor))]),
    );
  }

  private check(token: string): Session | undefined {
    const session = this.verified.get(token) ?? this.decode(token);
    if (!session) return undefined;
    const now = Date.now() / 1000;
    return now < session.endsAt && now < session.loginAt + this.maxSeconds ? session : undefined;
  }

  private decode(token: string): Session | undefined {
    try {
      const { id, nickname, iat, exp, auth_time, gen = 0 } = this.verifyToken(token);
      if (typeof id !== 'string') return undefined;
      const session = { id, nickname, generation: gen, loginAt: auth_time ?? iat ?? nowSeconds(), endsAt: exp };
      this.verified.set(token, session);
      return session;
    } catch {
      return undefined; // an invalid token is no session
    }
  }

  private issue({ id, nickname, generation, loginAt }: Omit<Session, 'endsAt'>, exp: number): SessionToken {
    const token = this.sign({ id, nickname, iat: nowSeconds(), exp, auth_time: loginAt, gen: generation });
    return { token, expiresAt: new Date(exp * 1000) };
  }

  private get lifetimeSeconds(): number {
    return Math.min(this.config.limits.user.authTokenLifetime * 60, this.maxSeconds);
  }
}

const sessionOf = ({ id, nickname, sessionGeneration }: SessionUser, loginAt: number): Omit<Session, 'endsAt'> => ({
  id,
  nickname,
  generation: sessionGeneration,
  loginAt,
});
