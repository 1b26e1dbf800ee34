import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { newId } from '../../core/crypto/ids.js';
import { hashToken, randomHex } from '../../core/crypto/tokens.js';
import { Database } from '../../core/database/database.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { type Actor, requireScope } from './actor.js';
import { ApiTokenEntity } from './api-token.entity.js';

/** A revoked token is refused everywhere within this time, without a message to any process. */
const CACHE_MS = 1000;
const TOKEN_BYTES = 20;
/** What cannot be a token is refused without asking the database. */
const TOKEN_FORM = /^[0-9a-f]{40}$/;

/** A token that was just made, and what is kept of it. */
export interface NewApiToken {
  entity: ApiTokenEntity;
  token: string;
}

/** The secondary tokens of the Platform API. Only a hash of each is kept: a token is shown once, when it is made. */
@Injectable()
export class ApiTokensService {
  /** The ids of tokens, by token. */
  private readonly valid = new LRUCache<string, string>({ max: 1000, ttl: CACHE_MS });

  constructor(private readonly database: Database) {}

  /** @throws DomainError forbidden `auth.scope_missing` without the master token */
  async create(actor: Actor): Promise<NewApiToken> {
    requireScope(actor, 'tokens');
    const token = randomHex(TOKEN_BYTES);
    const entity = { id: newId(), hash: hashToken(token), createdAt: new Date() };
    await this.database.manager.insert(ApiTokenEntity, entity);
    return { entity, token };
  }

  /** Oldest first. @throws as `create` */
  list(actor: Actor): Promise<ApiTokenEntity[]> {
    requireScope(actor, 'tokens');
    return this.database.manager.find(ApiTokenEntity, { order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** @param idOrToken either will do @throws as `create`; not_found `api_token.not_found` */
  async revoke(actor: Actor, idOrToken: string): Promise<void> {
    requireScope(actor, 'tokens');
    const which = TOKEN_FORM.test(idOrToken) ? { hash: hashToken(idOrToken) } : { id: idOrToken };
    const { affected } = await this.database.manager.delete(ApiTokenEntity, which);
    this.valid.clear();
    if (!affected) throw new DomainError('not_found', 'api_token.not_found', 'There is no such API token.');
  }

  /** @returns the id of the token, or undefined when it is none */
  async idOf(token: string): Promise<string | undefined> {
    if (!TOKEN_FORM.test(token)) return undefined;
    const known = this.valid.get(token);
    if (known !== undefined) return known;
    const found = await this.database.manager.findOneBy(ApiTokenEntity, { hash: hashToken(token) });
    if (found) this.valid.set(token, found.id);
    return found?.id;
  }
}
