import type { ApiTokenEntity } from '../../api-token.entity.js';
import type { NewApiToken } from '../../api-tokens.service.js';
import type { PlatformApiTokenDto, PlatformNewApiTokenDto } from './api-tokens.platform.dto.js';

export const toApiToken = ({ id, createdAt }: ApiTokenEntity): PlatformApiTokenDto => ({
  id,
  created_at: createdAt.getTime(),
});

export const toNewApiToken = ({ entity, token }: NewApiToken): PlatformNewApiTokenDto => ({
  ...toApiToken(entity),
  token,
});
