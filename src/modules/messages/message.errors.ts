import { DomainError } from '../../core/errors/domain.error.js';

export const messageNotFound = (id: string) =>
  new DomainError('not_found', 'message.not_found', `Message not found: ${id}`, { id });
export const bodyTooLong = (limit: number) =>
  new DomainError('invalid', 'message.body_too_long', `Message body must be at most ${limit} bytes.`, {
    limit,
  });
export const tooManyFiles = (limit: number) =>
  new DomainError('invalid', 'message.too_many_files', `A message can have at most ${limit} files.`, { limit });
export const parentNotInChat = (parentId: string) =>
  new DomainError('invalid', 'message.parent_not_in_chat', 'The parent message is not in this chat.', {
    parentId,
  });
export const dedupKeyReused = (key: string) =>
  new DomainError(
    'conflict',
    'message.dedup_key_reused',
    'This idempotency key was already used for another message.',
    { key },
  );
export const cannotSendAsOther = () =>
  new DomainError('forbidden', 'message.not_your_name', 'Messages can only be sent as yourself.');
export const notMessageSender = () =>
  new DomainError('forbidden', 'message.not_yours', 'Only the sender can edit or delete this message.');
export const invalidCursor = () =>
  new DomainError('invalid', 'cursor.invalid', 'Invalid cursor.', {
    field: 'after',
  });
