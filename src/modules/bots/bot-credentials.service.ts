import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import {
  type Actor,
  type BotAccessToken,
  BotAccessTokensService,
  BotTokensService,
  requireService,
} from '../auth/index.js';
import { BotEndpointsService } from './bot-endpoints.service.js';
import { BotAccessTokenIssued, BotTokenRevealed, BotTokenRotated } from './bot.events.js';
import { BotsService } from './bots.service.js';

/** The credentials of a bot: its token, and access tokens for the chatbot connector. */
@Injectable()
export class BotCredentialsService {
  constructor(
    private readonly bots: BotsService,
    private readonly endpoints: BotEndpointsService,
    private readonly tokens: BotTokensService,
    private readonly passes: BotAccessTokensService,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /**
   * Rotates the token of a bot.
   *
   * @param overlapSeconds time for which the previous token stays valid
   * @returns the new token
   * @throws DomainError not_found `bot.not_found`
   */
  rotateToken(actor: Actor, botId: string, overlapSeconds: number): Promise<string> {
    requireService(actor);
    return this.database.transaction(async () => {
      await this.bots.get(botId);
      const token = await this.tokens.renew(botId, overlapSeconds);
      await this.events.publish(new BotTokenRotated(botId, actor, overlapSeconds));
      return token;
    });
  }

  /** The token of a bot. @throws DomainError not_found `bot_token.not_found` */
  revealToken(actor: Actor, botId: string): Promise<string> {
    requireService(actor);
    return this.database.transaction(async () => {
      const token = await this.tokens.reveal(botId);
      await this.events.publish(new BotTokenRevealed(botId, actor));
      return token;
    });
  }

  /**
   * Issues an access token for the chatbot connector without exposing the bot's token.
   *
   * @throws DomainError not_found `bot.not_found`, `bot_token.not_found`
   */
  issueAccessToken(actor: Actor, botId: string): Promise<BotAccessToken> {
    requireService(actor);
    return this.database.transaction(async () => {
      await this.bots.get(botId);
      const pass = await this.passes.issueFor(botId);
      await this.endpoints.ensure(botId, 'connector');
      await this.events.publish(new BotAccessTokenIssued(botId, actor));
      return pass;
    });
  }
}
