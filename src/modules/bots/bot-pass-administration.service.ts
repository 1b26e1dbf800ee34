import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { type Actor, AuditLogService, type BotPass, BotPassesService, requireOperator } from '../auth/index.js';
import { BotEndpointsService } from './bot-endpoints.service.js';
import { BotsService } from './bots.service.js';

/** Issues the bot access tokens with which bots open sockets, for API credentials. */
@Injectable()
export class BotPassAdministrationService {
  constructor(
    private readonly bots: BotsService,
    private readonly passes: BotPassesService,
    private readonly endpoints: BotEndpointsService,
    private readonly audit: AuditLogService,
    private readonly database: Database,
  ) {}

  /** Issues an access token without exposing the bot's key. @throws DomainError not_found `bot.not_found`, `bot_token.not_found` */
  async issue(actor: Actor, botId: string): Promise<BotPass> {
    requireOperator(actor);
    return this.database.transaction(async () => {
      await this.bots.get(botId);
      const pass = await this.passes.issueFor(botId);
      await this.endpoints.ensure(botId, 'connector');
      await this.audit.record(actor, 'bot.pass_issued', botId);
      return pass;
    });
  }
}
