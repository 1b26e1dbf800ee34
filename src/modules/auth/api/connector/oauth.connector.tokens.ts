import { Injectable, type PipeTransform } from '@nestjs/common';
import { grantTypeUnsupported } from '../../auth.errors.js';
import { FailureThrottle } from '../../../../core/throttle/failure-throttle.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import { readPayload } from '../../../../protocols/connector/connector-payload.js';
import { BotEndpointsService } from '../../../bots/index.js';
import { type BotAccessToken, BotAccessTokensService } from '../../bot-access-tokens.service.js';
import { type ConnectorTokenDto, ConnectorTokenRequestDto } from './oauth.connector.dto.js';

/** @throws DomainError invalid `unsupported_grant_type`; ConnectorError for any other error */
@Injectable()
export class TokenRequestPipe implements PipeTransform {
  transform(body: unknown): object {
    const grant = (body as { grant_type?: unknown } | undefined)?.grant_type;
    if (typeof grant === 'string' && grant !== 'password') throw grantTypeUnsupported();
    return readPayload(ConnectorTokenRequestDto, body);
  }
}

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

export const toConnectorToken = ({ token, expiresAt }: BotAccessToken, now = Date.now()): ConnectorTokenDto => ({
  access_token: token,
  token_type: 'JWT',
  expires_in: Math.ceil((expiresAt.getTime() - now) / 1000),
  expires_at: Math.floor(expiresAt.getTime() / 1000),
});
