import { Injectable } from '@nestjs/common';
import { FailureThrottle } from '../../../../core/throttle/failure-throttle.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import { BotEndpointsService } from '../../../bots/index.js';
import { type BotAccessToken, BotAccessTokensService } from '../../bot-access-tokens.service.js';
import type { ConnectorTokenRequestDto } from './oauth.connector.dto.js';

/** Creates socket tokens and throttles failed attempts. */
@Injectable()
export class ConnectorTokens {
  constructor(
    private readonly accessTokens: BotAccessTokensService,
    private readonly endpoints: BotEndpointsService,
    private readonly ids: ConnectorIds,
    private readonly throttle: FailureThrottle,
  ) {}

  /** Creates a token and, with the first one, the connector endpoint of the bot. @param address client address */
  async issue({ username, password }: ConnectorTokenRequestDto, address: string): Promise<BotAccessToken> {
    const botId = this.ids.parse(username);
    const token = await this.accessTokens.issue(botId, password).catch(async (error: unknown) => {
      await this.throttle.fail(address);
      throw error;
    });
    await this.endpoints.ensure(botId, 'connector');
    return token;
  }
}
