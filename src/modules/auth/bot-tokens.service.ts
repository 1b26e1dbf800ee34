import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Encryptor } from '../../core/crypto/encryptor.js';
import { hashToken, randomHex } from '../../core/crypto/tokens.js';
import { Database } from '../../core/database/database.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { PubSub } from '../../core/pubsub/pubsub.js';
import { UserAccessChanged, UserDeleted, userTopic } from '../users/index.js';
import { botTokenNotFound } from './auth.errors.js';
import { BotTokensRepository } from './bot-tokens.repository.js';

/** Every process rejects a revoked token within this time, without a notification. */
const CACHE_MS = 1000;

/** 40 lower-case hexadecimal digits: the form that clients of the Platform API expect. */
const TOKEN_BYTES = 20;

/** The tokens of bots. A token is valid for all three protocols. */
@Injectable()
export class BotTokensService {
  private readonly valid = new LRUCache<string, true>({ max: 10_000, ttl: CACHE_MS });
  private readonly decrypted = new LRUCache<string, string>({ max: 10_000 });

  constructor(
    private readonly tokens: BotTokensRepository,
    private readonly encryptor: Encryptor,
    private readonly database: Database,
    private readonly pubsub: PubSub,
  ) {}

  /** Issues a new token. @param overlapSeconds keeps the previous token valid for this time; all others become invalid */
  async renew(botId: string, overlapSeconds = 0): Promise<string> {
    const token = randomHex(TOKEN_BYTES);
    const entity = {
      hash: hashToken(token),
      botId,
      tokenEncrypted: this.encryptor.encrypt(token),
      createdAt: new Date(),
      expiresAt: null,
    };
    await this.database.transaction(() => this.tokens.replace(entity, overlapSeconds));
    this.publishTokensChanged(botId);
    return token;
  }

  /** Suspends the bot's tokens, or makes them valid again. */
  async setSuspended(botId: string, suspended: boolean): Promise<void> {
    await this.database.transaction(() => this.tokens.setSuspended(botId, suspended));
    this.publishTokensChanged(botId);
  }

  /** The user of a bot may have been deactivated or activated. `SessionStates` wakes its streams and sockets. */
  @OnDomainEvent(UserAccessChanged, 'after-commit')
  clearValidCache(): void {
    this.valid.clear();
  }

  @OnDomainEvent(UserDeleted, 'after-commit')
  forgetDeleted(): void {
    this.valid.clear();
  }

  /** Notifies the streams and sockets of the bot that its tokens may have become invalid. */
  private publishTokensChanged(botId: string): void {
    this.database.afterCommit(() => {
      this.valid.clear();
      this.pubsub.publish(userTopic(botId), { userId: botId });
    });
  }

  /** Bypasses the cache, for long-lived connections whose token may have been revoked. */
  isValidUncached(botId: string, token: string): Promise<boolean> {
    return this.tokens.isValid(hashToken(token), botId);
  }

  async isValid(botId: string, token: string): Promise<boolean> {
    const hash = hashToken(token);
    const cacheKey = `${hash.toString('base64')}:${botId}`;
    if (this.valid.has(cacheKey)) return true;
    const valid = await this.tokens.isValid(hash, botId);
    if (valid) this.valid.set(cacheKey, true);
    return valid;
  }

  /** @throws DomainError not_found `bot_token.not_found` */
  async reveal(botId: string): Promise<string> {
    const token = (await this.revealMany([botId])).get(botId);
    if (token === undefined) throw botTokenNotFound();
    return token;
  }

  /** Decrypts a token. Decrypted tokens are cached, since lists of bots decrypt the same tokens again and again. */
  decrypt(tokenEncrypted: Buffer): string {
    const key = tokenEncrypted.toString('latin1');
    const known = this.decrypted.get(key);
    if (known !== undefined) return known;
    const token = this.encryptor.decrypt(tokenEncrypted);
    this.decrypted.set(key, token);
    return token;
  }

  /** @returns the newest token of each bot that has one */
  async revealMany(botIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.tokens.newest(botIds);
    return new Map(rows.map(({ botId, tokenEncrypted }) => [botId, this.decrypt(tokenEncrypted)]));
  }
}
