import { DomainError } from '../../core/errors/domain.error.js';

export const entryNotProcessed = () =>
  new DomainError(
    'conflict',
    'delivery.not_behind',
    'The endpoint has not processed this entry yet, or has no subscription in its chat.',
  );
export const callbackMissing = () =>
  new DomainError('conflict', 'endpoint.no_callback', 'The endpoint has no callback URL.');
export const deliveryCursorInvalid = () =>
  new DomainError('invalid', 'delivery.bad_cursor', 'Invalid cursor.', { field: 'after' });
