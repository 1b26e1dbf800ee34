import { DomainError } from '../../core/errors/domain.error.js';

export const chatNotFound = (id: string) =>
  new DomainError('not_found', 'chat.not_found', `Chat not found: ${id}`, { id });
export const chatExists = (id: string) =>
  new DomainError('conflict', 'chat.exists', `A chat with the id ${id} exists already.`, { id });
export const notAMember = (chatId: string, userId: string) =>
  new DomainError('forbidden', 'chat.not_member', `${userId} is not a member of this chat.`, { chatId, userId });
export const tooManyChats = (limit: number) =>
  new DomainError('invalid', 'chat.too_many', `Cannot create more than ${limit} chats with the same bot.`, { limit });
export const unknownMember = (userId: string) =>
  new DomainError('invalid', 'chat.unknown_member', `There is no user ${userId}.`, { userId });
