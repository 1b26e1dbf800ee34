import { DomainError } from '../../core/errors/domain.error.js';

export const tooManySessions = (limit: number) =>
  new DomainError(
    'rate_limited',
    'connector.too_many_sessions',
    `A bot must have at most ${limit} concurrent sessions.`,
  );
