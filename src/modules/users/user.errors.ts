import { DomainError } from '../../core/errors/domain.error.js';

export const userNotFound = (id: string) =>
  new DomainError('not_found', 'user.not_found', `User not found: ${id}`, { id });
export const nicknameTooShort = (limit: number) =>
  new DomainError('invalid', 'user.nickname_too_short', `Nickname must be at least ${limit} characters long.`, {
    field: 'nickname',
    limit,
  });
export const nicknameTooLong = (limit: number) =>
  new DomainError('invalid', 'user.nickname_too_long', `Nickname should not be longer than ${limit} characters.`, {
    field: 'nickname',
    limit,
  });
export const nicknameCharacters = () =>
  new DomainError(
    'invalid',
    'user.nickname_characters',
    'Nickname should contain only upper/lower case English letters, spaces, dashes and numbers.',
    { field: 'nickname' },
  );
export const userExists = (id: string) =>
  new DomainError('conflict', 'user.exists', `A user or bot with the id ${id} exists already.`, { id });
