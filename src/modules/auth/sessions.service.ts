import { Injectable } from '@nestjs/common';
import { createSigner, createVerifier } from 'fast-jwt';
import { LRUCache } from 'lru-cache';
import { ServiceConfig } from '../../core/config/service-config.js';
import { Settings } from '../../core/config/settings.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { type Actor, mayActAs } from './actor.js';
import { SessionCutoffs } from './session-cutoffs.js';

/** What a session token says of its user. */
export interface SessionClaims {
  id: string;
  nickname: string;
}

export interface SessionToken {
  token: string;
  expiresAt: Date;
}

/** Sessions that are remembered for their next use; who is not among them costs a signature more. */
const CACHE_SIZE = 10_000;

interface OpenedSession extends SessionToken {
  issuedAt: number;
  nickname: string;
}

interface VerifiedClaims extends SessionClaims {
  iat?: number;
  /** Seconds. */
  exp: number;
}

/**
 * The sessions of people: signed tokens (HS256) with the claims `id`, `nickname`, `iat` and `exp`. Each use makes a new one with
 * a full lifetime, so a session ends when it has not been used for that long.
 */
@Injectable()
export class SessionsService {
  private readonly sign: (claims: object) => string;
  private readonly verifyToken: (token: string) => VerifiedClaims;
  /** Tokens that were found good, by themselves: looking one up costs a fraction of checking its signature again. */
  private readonly verified = new LRUCache<string, VerifiedClaims>({ max: CACHE_SIZE });
  private readonly opened = new LRUCache<string, OpenedSession>({ max: CACHE_SIZE });

  constructor(
    settings: Settings,
    private readonly config: ServiceConfig,
    private readonly cutoffs: SessionCutoffs,
  ) {
    this.sign = createSigner({ key: settings.JWT_SECRET_KEY, algorithm: 'HS256' });
    this.verifyToken = createVerifier({
      key: settings.JWT_SECRET_KEY,
      algorithms: ['HS256'],
      requiredClaims: ['exp', 'id'],
    }) as (token: string) => VerifiedClaims;
  }

  /** Opens a session that starts now. Within one second, a user's sessions are one and the same. */
  open({ id, nickname }: SessionClaims): SessionToken {
    const issuedAt = Math.max(Math.floor(Date.now() / 1000), (this.cutoffs.of(id) ?? 0) + 1);
    const earlier = this.opened.get(id);
    const exp = issuedAt + this.config.limits.user.authTokenLifetime * 60;
    if (earlier?.expiresAt.getTime() === exp * 1000 && earlier.issuedAt === issuedAt && earlier.nickname === nickname)
      return earlier;
    const token = this.sign({ id, nickname, iat: issuedAt, exp });
    const session = { token, expiresAt: new Date(exp * 1000), issuedAt, nickname };
    this.opened.set(id, session);
    return session;
  }

  /** Opens a session that ends at a time of the caller's choice, unless it is renewed. */
  openUntil({ id, nickname }: SessionClaims, expiresAt: Date): SessionToken {
    const issuedAt = Math.max(Math.floor(Date.now() / 1000), (this.cutoffs.of(id) ?? 0) + 1);
    const exp = Math.floor(expiresAt.getTime() / 1000);
    return { token: this.sign({ id, nickname, iat: issuedAt, exp }), expiresAt: new Date(exp * 1000) };
  }

  /** @throws DomainError unauthenticated `session.invalid` when it is missing, forged, revoked or too old */
  verify(token: string | undefined): SessionClaims {
    try {
      const claims = this.check(token ?? '');
      if (typeof claims.id === 'string' && !this.isRevoked(claims)) return claims;
    } catch {
      // Whatever is wrong with it, there is no session.
    }
    throw new DomainError('unauthenticated', 'session.invalid', 'User is unauthorized.');
  }

  private check(token: string): VerifiedClaims {
    const known = this.verified.get(token);
    if (known && known.exp * 1000 > Date.now()) return known;
    const claims = this.verifyToken(token);
    this.verified.set(token, claims);
    return claims;
  }

  /** Ends all sessions of a user: in this process at once, in others within a second. Those opened from now on are good. */
  async revokeAll(actor: Actor, userId: string): Promise<void> {
    if (!mayActAs(actor, userId))
      throw new DomainError('forbidden', 'session.not_yours', 'These are not your sessions.');
    await this.cutoffs.set(userId);
  }

  private isRevoked({ id, iat = 0 }: VerifiedClaims): boolean {
    return iat <= (this.cutoffs.of(id) ?? -1);
  }
}
