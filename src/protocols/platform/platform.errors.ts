import { DomainError } from '../../core/errors/domain.error.js';

export const apiTokenInvalid = () =>
  new DomainError('unauthenticated', 'auth.api_token_invalid', 'The API token is missing or invalid.');
export const tooManyRequests = (perSecond: number) =>
  new DomainError(
    'rate_limited',
    'platform.rate_limited',
    `Too many requests: a token may send ${perSecond} in a second.`,
    { limit: perSecond, retryAfterSeconds: 1 },
  );
