import { DomainError } from '../../core/errors/domain.error.js';

export const messageNotFound = (id: string) =>
  new DomainError('not_found', 'message.not_found', `Message not found: ${id}`, { id });
export const bodyTooLong = (limit: number) =>
  new DomainError('invalid', 'message.body_too_long', `The message body must not be longer than ${limit} bytes.`, {
    limit,
  });
export const tooManyFiles = (limit: number) =>
  new DomainError('invalid', 'message.too_many_files', `A message must not have more than ${limit} files.`, { limit });
export const parentNotInChat = (parentId: string) =>
  new DomainError('invalid', 'message.parent_not_in_chat', 'The message that this one answers is not in this chat.', {
    parentId,
  });
export const dedupKeyReused = (key: string) =>
  new DomainError('conflict', 'message.dedup_key_reused', 'This key was used for another message already.', { key });
export const sendAsAnother = () =>
  new DomainError('forbidden', 'message.not_your_name', 'A message can only be sent in your own name.');
export const notYourMessage = () =>
  new DomainError('forbidden', 'message.not_yours', 'Only who has sent a message may change or remove it.');
export const invalidCursor = () =>
  new DomainError('invalid', 'cursor.invalid', 'The cursor is none that this server has given out.', {
    field: 'after',
  });
