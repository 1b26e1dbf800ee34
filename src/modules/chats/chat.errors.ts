import { DomainError } from '../../core/errors/domain.error.js';

export const chatNotFound = (id: string) =>
  new DomainError('not_found', 'chat.not_found', `Chat not found: ${id}`, { id });
export const chatExists = (id: string) =>
  new DomainError('conflict', 'chat.exists', `Chat already exists: ${id}`, { id });
export const notAMember = (chatId: string, userId: string) =>
  new DomainError('forbidden', 'chat.not_member', `${userId} is not a member of this chat.`, { chatId, userId });
export const notAGroup = (id: string) =>
  new DomainError('invalid', 'chat.not_a_group', 'A personal chat cannot be joined, left or changed.', { id });
export const noSuchMember = (chatId: string, userId: string) =>
  new DomainError('not_found', 'chat.no_such_member', `${userId} is not a member of this chat.`, { chatId, userId });
export const alreadyMember = (chatId: string, userId: string) =>
  new DomainError('conflict', 'chat.already_member', `${userId} is already a member of this chat.`, { chatId, userId });
export const noRight = (chatId: string) =>
  new DomainError('forbidden', 'chat.no_right', 'Your role in this chat does not allow this.', { chatId });
export const unknownRole = (role: string) =>
  new DomainError('invalid', 'chat.unknown_role', `Role not available in this chat: ${role}`, { role });
export const readOnly = (chatId: string) =>
  new DomainError('forbidden', 'chat.read_only', 'Only the owner, admins and writers of a channel can send messages.', {
    chatId,
  });
export const notPublic = (id: string) =>
  new DomainError('forbidden', 'chat.not_public', 'A private chat cannot be joined without an invitation.', { id });
export const wrongAccessCode = () =>
  new DomainError('forbidden', 'chat.wrong_access_code', 'The access code is missing or wrong.');
export const notInvited = (chatId: string, userId: string) =>
  new DomainError('forbidden', 'chat.not_invited', `${userId} is not invited to this chat.`, { chatId, userId });
export const chatFrozen = (chatId: string) =>
  new DomainError('forbidden', 'chat.frozen', 'This chat is frozen. Only its operators can send messages.', { chatId });
export const backlogFull = (chatId: string) =>
  new DomainError(
    'rate_limited',
    'chat.backlog_full',
    'Too many messages are waiting for the bot of this chat. Try again in 10 seconds.',
    { chatId, retryAfterSeconds: 10 },
  );
export const tooManyMembers = (limit: number) =>
  new DomainError('invalid', 'chat.too_many_members', `A chat that is not super must have at most ${limit} members.`, {
    limit,
  });
export const metadataExists = (key: string) =>
  new DomainError('conflict', 'chat.metadata_exists', `Chat metadata already exists: ${key}`, { key });
export const metadataNotFound = (key: string) =>
  new DomainError('not_found', 'chat.metadata_not_found', `Chat metadata not found: ${key}`, { key });
export const tooManyChats = (limit: number) =>
  new DomainError('invalid', 'chat.too_many', `Cannot create more than ${limit} chats with the same bot.`, { limit });
export const unknownMember = (userId: string) =>
  new DomainError('invalid', 'chat.unknown_member', `User not found: ${userId}`, { userId });
export const tooManyGroups = (userId: string, limit: number) =>
  new DomainError('invalid', 'chat.too_many_groups', `A user must be in at most ${limit} groups: ${userId}`, {
    userId,
    limit,
  });
export const distinctAndSuper = () =>
  new DomainError('invalid', 'chat.distinct_and_super', 'A chat cannot be both distinct and super.');
export const distinctExists = () =>
  new DomainError('conflict', 'chat.distinct_exists', 'A distinct chat of these members already exists.');
export const privateWithCode = () =>
  new DomainError('invalid', 'chat.private_with_code', 'A private chat cannot have an access code.');

export const chatWithOneself = () =>
  new DomainError('invalid', 'chat.with_oneself', 'A personal chat requires another user.');
