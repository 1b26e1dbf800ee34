import type { ApiTokenEntity } from '../../api-token.entity.js';
import type { ApiTokenLimits, NewApiToken } from '../../api-tokens.service.js';
import { API_SCOPES } from '../../scopes.js';
import type {
  PlatformApiTokenDto,
  PlatformCreateApiTokenDto,
  PlatformNewApiTokenDto,
} from './api-tokens.platform.dto.js';

export const toApiTokenLimits = ({ scopes, expires_at }: PlatformCreateApiTokenDto): ApiTokenLimits => ({
  scopes,
  expiresAt: expires_at === undefined ? undefined : new Date(expires_at),
});

export const toApiToken = ({ id, scopes, createdAt, expiresAt, lastUsedAt }: ApiTokenEntity): PlatformApiTokenDto => ({
  id,
  scopes: scopes ?? [...API_SCOPES],
  created_at: createdAt.getTime(),
  expires_at: expiresAt?.getTime() ?? null,
  last_used_at: lastUsedAt?.getTime() ?? null,
});

export const toNewApiToken = ({ entity, token }: NewApiToken): PlatformNewApiTokenDto => ({
  ...toApiToken(entity),
  token,
});
