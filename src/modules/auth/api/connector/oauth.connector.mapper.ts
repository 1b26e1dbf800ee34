import type { BotAccessToken } from '../../bot-access-tokens.service.js';
import type { ConnectorTokenDto } from './oauth.connector.dto.js';

export const toConnectorToken = ({ token, expiresAt }: BotAccessToken, now = Date.now()): ConnectorTokenDto => ({
  access_token: token,
  token_type: 'JWT',
  expires_in: Math.ceil((expiresAt.getTime() - now) / 1000),
  expires_at: Math.floor(expiresAt.getTime() / 1000),
});
