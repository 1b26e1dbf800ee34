import { DomainError } from '../../core/errors/domain.error.js';

export const userNotFound = (id: string) =>
  new DomainError('not_found', 'user.not_found', `User not found: ${id}`, { id });
export const userDeactivated = (id: string) =>
  new DomainError('forbidden', 'user.deactivated', `User ${id} is deactivated.`, { id });
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
export const invalidNicknameCharacters = () =>
  new DomainError(
    'invalid',
    'user.nickname_characters',
    'Nickname should contain only upper/lower case English letters, spaces, dashes and numbers.',
    { field: 'nickname' },
  );
export const metadataExists = (key: string) =>
  new DomainError('conflict', 'user.metadata_exists', `User metadata already exists: ${key}`, { key });
export const metadataNotFound = (key: string) =>
  new DomainError('not_found', 'user.metadata_not_found', `User metadata not found: ${key}`, { key });
export const tooMuchMetadata = (limit: number) =>
  new DomainError('invalid', 'user.too_much_metadata', `A user must have at most ${limit} items of metadata.`, {
    limit,
  });
export const userExists = (id: string) =>
  new DomainError('conflict', 'user.exists', `User or bot already exists: ${id}`, { id });
