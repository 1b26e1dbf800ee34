import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { newId } from '../../core/crypto/ids.js';
import { hashToken, randomHex } from '../../core/crypto/tokens.js';
import { Database, settleAll, statement } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { type Actor, requireScope } from './actor.js';
import { ApiTokenEntity } from './api-token.entity.js';
import { apiTokenExpiryInvalid, apiTokenNotFound } from './auth.errors.js';
import { ApiTokenCreated, ApiTokenRevoked } from './auth.events.js';
import { API_SCOPES, type ApiScope, withIncluded } from './scopes.js';

/** Every process rejects a revoked or expired token within this time, without a notification. */
const CACHE_MS = 1000;
/** The precision of `lastUsedAt`. */
const USE_RECORD_INTERVAL_MS = 60_000;
const DAY_MS = 86_400_000;
export const MAX_API_TOKEN_DAYS = 366;
const TOKEN_BYTES = 20;
/** Other strings are rejected without a query. */
const TOKEN_FORM = /^[0-9a-f]{40}$/;

const FIND = statement(
  'api_tokens.find',
  `SELECT id, scopes, last_used_at AS "lastUsedAt" FROM api_tokens WHERE hash = $1 AND (expires_at IS NULL OR expires_at > now())`,
);
const REVOKE = statement('api_tokens.revoke', 'DELETE FROM api_tokens WHERE id = $1 OR hash = $2 RETURNING id');
const RECORD_USE = statement('api_tokens.record_use', 'UPDATE api_tokens SET last_used_at = now() WHERE id = $1');

/** The scopes and the expiry time of a new token. */
export interface ApiTokenLimits {
  /** Absent: every scope. */
  scopes?: readonly ApiScope[];
  /** Absent: never. */
  expiresAt?: Date;
}

/** A new token with its stored form. */
export interface NewApiToken {
  entity: ApiTokenEntity;
  token: string;
}

/** The secondary tokens of the Platform API. Only a hash of each is stored: a token is returned once, at its creation. */
@Injectable()
export class ApiTokensService {
  private readonly logger = new Logger(ApiTokensService.name);
  /** By token. */
  private readonly valid = new LRUCache<string, Actor>({ max: 1000, ttl: CACHE_MS });

  constructor(
    private readonly database: Database,
    private readonly events: DomainEvents,
  ) {}

  /** @throws DomainError forbidden `auth.scope_missing` without the master token; invalid `api_token.bad_expiry` */
  async create(actor: Actor, { scopes, expiresAt }: ApiTokenLimits = {}): Promise<NewApiToken> {
    requireScope(actor, 'tokens:manage');
    const createdAt = new Date();
    if (expiresAt) checkExpiry(expiresAt, createdAt);
    const token = randomHex(TOKEN_BYTES);
    const entity: ApiTokenEntity = {
      id: newId(),
      hash: hashToken(token),
      scopes: scopes ? withIncluded(scopes) : null,
      createdAt,
      expiresAt: expiresAt ?? null,
      lastUsedAt: null,
    };
    await this.database.transaction(() =>
      settleAll([
        this.database.manager.insert(ApiTokenEntity, entity),
        this.events.publish(new ApiTokenCreated(entity.id, actor)),
      ]),
    );
    return { entity, token };
  }

  /** Lists tokens, oldest first, including expired ones. @throws DomainError forbidden `auth.scope_missing` */
  list(actor: Actor): Promise<ApiTokenEntity[]> {
    requireScope(actor, 'tokens:manage');
    return this.database.manager.find(ApiTokenEntity, { order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** @param idOrToken the id of the token or the token itself @throws DomainError forbidden `auth.scope_missing`; not_found `api_token.not_found` */
  async revoke(actor: Actor, idOrToken: string): Promise<void> {
    requireScope(actor, 'tokens:manage');
    const hash = TOKEN_FORM.test(idOrToken) ? hashToken(idOrToken) : null;
    await this.database.transaction(async () => {
      const [token] = await this.database.query<{ id: string }>(REVOKE, [idOrToken, hash]);
      if (!token) throw apiTokenNotFound();
      await this.events.publish(new ApiTokenRevoked(token.id, actor));
    });
    this.valid.clear();
  }

  /** @returns undefined for an unknown or expired token */
  async actorOf(token: string): Promise<Actor | undefined> {
    if (!TOKEN_FORM.test(token)) return undefined;
    const known = this.valid.get(token);
    if (known !== undefined) return known;
    const [found] = await this.database.query<ApiTokenEntity>(FIND, [hashToken(token)]);
    if (!found) return undefined;
    const actor: Actor = { kind: 'service', id: found.id, scopes: found.scopes ?? API_SCOPES };
    this.valid.set(token, actor);
    this.recordUse(found);
    return actor;
  }

  /** Not awaited: a failure must not fail the request. */
  private recordUse({ id, lastUsedAt }: ApiTokenEntity): void {
    if (lastUsedAt && Date.now() - lastUsedAt.getTime() < USE_RECORD_INTERVAL_MS) return;
    this.database
      .query(RECORD_USE, [id])
      .catch((error: Error) => this.logger.warn(`Cannot record the use of API token ${id}: ${error.message}`));
  }
}

function checkExpiry(expiresAt: Date, now: Date): void {
  const lifeMs = expiresAt.getTime() - now.getTime();
  if (lifeMs > 0 && lifeMs <= MAX_API_TOKEN_DAYS * DAY_MS) return;
  throw apiTokenExpiryInvalid(MAX_API_TOKEN_DAYS);
}
