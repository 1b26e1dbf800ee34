import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Sealer } from '../../core/crypto/sealer.js';
import { hashToken, randomHex } from '../../core/crypto/tokens.js';
import { Database } from '../../core/database/database.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { LiveBus } from '../../core/live/live-bus.js';
import { UserAccessChanged, userTopic } from '../users/index.js';
import { BotTokensRepository } from './bot-tokens.repository.js';

/** A revoked token is refused everywhere within this time, without a message to any process. */
const CACHE_MS = 1000;

/** 40 lower-case hexadecimal digits: the form that clients of the Platform API expect. */
const TOKEN_BYTES = 20;

/** The tokens of bots. One token is good for all three protocols. */
@Injectable()
export class BotTokensService {
  private readonly valid = new LRUCache<string, true>({ max: 10_000, ttl: CACHE_MS });
  private readonly opened = new LRUCache<string, string>({ max: 10_000 });

  constructor(
    private readonly tokens: BotTokensRepository,
    private readonly sealer: Sealer,
    private readonly database: Database,
    private readonly live: LiveBus,
  ) {}

  /** Makes a new token. @param overlapSeconds for which the one before it stays good; every other is dead */
  async renew(botId: string, overlapSeconds = 0): Promise<string> {
    const token = randomHex(TOKEN_BYTES);
    const entity = {
      hash: hashToken(token),
      botId,
      sealed: this.sealer.seal(token),
      createdAt: new Date(),
      expiresAt: null,
    };
    await this.database.transaction(() => this.tokens.replace(entity, overlapSeconds));
    this.announce(botId);
    return token;
  }

  /** Whether the bot's tokens open nothing for the time being. */
  async suspend(botId: string, suspended: boolean): Promise<void> {
    await this.database.transaction(() => this.tokens.suspend(botId, suspended));
    this.announce(botId);
  }

  /** Its bot may be deactivated, or active again; its streams and sockets are woken by what is told of sessions. */
  @OnDomainEvent(UserAccessChanged, 'after-commit')
  forgetValid(): void {
    this.valid.clear();
  }

  /** Tells all who serve the bot for longer than a moment that its tokens may be no good any more. */
  announce(botId: string): void {
    this.database.afterCommit(() => {
      this.valid.clear();
      this.live.publish(userTopic(botId), { userId: botId });
    });
  }

  /** Without looking at what was found lately: for what would otherwise go on with a dead token. */
  isValidNow(botId: string, token: string): Promise<boolean> {
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
    if (token === undefined) throw new DomainError('not_found', 'bot_token.not_found', 'This bot has no token.');
    return token;
  }

  /** A token that was read sealed. What was opened once is remembered by its seal, which a list of bots would open again and again. */
  open(sealed: Buffer): string {
    const seal = sealed.toString('latin1');
    const known = this.opened.get(seal);
    if (known !== undefined) return known;
    const token = this.sealer.open(sealed);
    this.opened.set(seal, token);
    return token;
  }

  /** @returns the newest token of each bot that has one */
  async revealMany(botIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.tokens.newest(botIds);
    return new Map(rows.map(({ botId, sealed }) => [botId, this.open(sealed)]));
  }
}
