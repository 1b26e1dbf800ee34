import { DomainError } from '../../core/errors/domain.error.js';
import type { Scope } from './scopes.js';

export const serviceRequired = () =>
  new DomainError('forbidden', 'auth.operator_only', 'This operation requires a service credential.');
export const scopeMissing = (scope: Scope) =>
  new DomainError('forbidden', 'auth.scope_missing', 'This credential lacks the required scope.', { scope });

export const apiTokenNotFound = () => new DomainError('not_found', 'api_token.not_found', 'API token not found.');
export const apiTokenExpiryInvalid = (maxDays: number) =>
  new DomainError(
    'invalid',
    'api_token.bad_expiry',
    `expires_at must be in the future, at most ${maxDays} days from now.`,
  );

export const botTokenNotFound = () => new DomainError('not_found', 'bot_token.not_found', 'This bot has no token.');

export const grantTypeUnsupported = () =>
  new DomainError('invalid', 'unsupported_grant_type', 'Only the grant type "password" is supported.');
export const botTokenWrong = () =>
  new DomainError('unauthenticated', 'bot_access_token.wrong_token', 'Unknown bot or wrong token.');
export const accessTokenInvalid = () =>
  new DomainError('unauthenticated', 'bot_access_token.invalid', 'Invalid or revoked access token.');
export const accessTokenExpired = () =>
  new DomainError('unauthenticated', 'bot_access_token.expired', 'The access token has expired. Request a new one.');
export const botSuspended = () => new DomainError('forbidden', 'bot_access_token.suspended', 'The bot is disabled.');

export const sessionInvalid = () => new DomainError('unauthenticated', 'session.invalid', 'User is unauthorized.');
export const sessionsOfOther = () =>
  new DomainError('forbidden', 'session.not_yours', 'These sessions belong to another user.');
export const sessionExpiresTooLate = (maxDays: number) =>
  new DomainError('invalid', 'session.expires_too_late', `expires_at must be at most ${maxDays} days from now.`, {
    field: 'expires_at',
    limit: maxDays,
  });
