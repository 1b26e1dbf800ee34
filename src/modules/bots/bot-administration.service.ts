import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { type Actor, AuditLogService, BotTokensService, requireOperator } from '../auth/index.js';
import { BotDisabled } from './bot.events.js';
import { type BotProfile, BotsRepository } from './bots.repository.js';
import { BotsService, type CreateBot, type RevealedBot } from './bots.service.js';

/** Bot operations of API credentials. Each operation writes an audit log entry in its own transaction. */
@Injectable()
export class BotAdministrationService {
  constructor(
    private readonly bots: BotsService,
    private readonly repository: BotsRepository,
    private readonly tokens: BotTokensService,
    private readonly audit: AuditLogService,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /** @throws as `BotsService.create` */
  create(actor: Actor, command: CreateBot): Promise<RevealedBot> {
    return this.database.transaction(async () => {
      const created = await this.bots.create(actor, command);
      await this.audit.record(actor, 'bot.created', created.bot.id, { name: created.user.nickname });
      return created;
    });
  }

  /** All bots, disabled ones too, oldest first. @param after the id of the bot after which the page begins @throws DomainError not_found `bot.not_found` */
  async list(actor: Actor, limit: number, after?: string): Promise<BotProfile[]> {
    requireOperator(actor);
    const last = after ? (await this.bots.get(after)).bot : undefined;
    return this.bots.list({ limit, after: last });
  }

  /** Deletes a bot with its tokens, endpoints, commands and chats. @throws DomainError not_found `bot.not_found` */
  remove(actor: Actor, id: string): Promise<void> {
    return this.database.transaction(async () => {
      const { user } = await this.bots.get(id);
      await this.bots.remove(actor, id);
      this.tokens.announce(id);
      await this.audit.record(actor, 'bot.deleted', id, { name: user.nickname });
    });
  }

  /**
   * A disabled bot is not listed, its tokens are rejected, and it receives no events. Its data stays.
   *
   * @throws DomainError not_found `bot.not_found`
   */
  setDisabled(actor: Actor, id: string, isDisabled: boolean): Promise<BotProfile> {
    requireOperator(actor);
    return this.database.transaction(async () => {
      await this.bots.get(id);
      await this.repository.update(id, { isDisabled });
      await this.tokens.suspend(id, isDisabled);
      if (isDisabled) await this.events.publish(new BotDisabled(id));
      await this.audit.record(actor, isDisabled ? 'bot.disabled' : 'bot.enabled', id);
      return this.bots.get(id);
    });
  }

  /**
   * Rotates the token of a bot.
   *
   * @param overlapSeconds time for which the previous token stays valid
   * @returns the new token
   * @throws DomainError not_found `bot.not_found`
   */
  renewToken(actor: Actor, id: string, overlapSeconds: number): Promise<string> {
    requireOperator(actor);
    return this.database.transaction(async () => {
      await this.bots.get(id);
      const token = await this.tokens.renew(id, overlapSeconds);
      await this.audit.record(actor, 'bot.key_renewed', id, { overlapSeconds });
      return token;
    });
  }

  /** The token of a bot. @throws DomainError not_found `bot_token.not_found` */
  revealToken(actor: Actor, id: string): Promise<string> {
    requireOperator(actor);
    return this.database.transaction(async () => {
      const token = await this.tokens.reveal(id);
      await this.audit.record(actor, 'bot.key_shown', id);
      return token;
    });
  }
}
