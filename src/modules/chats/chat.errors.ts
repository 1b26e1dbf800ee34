import { DomainError } from '../../core/errors/domain.error.js';

export const chatNotFound = (id: string) =>
  new DomainError('not_found', 'chat.not_found', `Chat not found: ${id}`, { id });
export const chatExists = (id: string) =>
  new DomainError('conflict', 'chat.exists', `A chat with the id ${id} exists already.`, { id });
export const notAMember = (chatId: string, userId: string) =>
  new DomainError('forbidden', 'chat.not_member', `${userId} is not a member of this chat.`, { chatId, userId });
export const notAGroup = (id: string) =>
  new DomainError('invalid', 'chat.not_a_group', 'This is a chat of two, which nobody can join or leave.', { id });
export const noSuchMember = (chatId: string, userId: string) =>
  new DomainError('not_found', 'chat.no_such_member', `${userId} is not a member of this chat.`, { chatId, userId });
export const alreadyMember = (chatId: string, userId: string) =>
  new DomainError('conflict', 'chat.already_member', `${userId} is a member of this chat already.`, { chatId, userId });
export const noRight = (chatId: string) =>
  new DomainError('forbidden', 'chat.no_right', 'Your role in this chat does not allow this.', { chatId });
export const unknownRole = (role: string) =>
  new DomainError('invalid', 'chat.unknown_role', `There is no role "${role}" in a chat of this kind.`, { role });
export const readOnly = (chatId: string) =>
  new DomainError('forbidden', 'chat.read_only', 'In a channel only its owner, admins and writers may write.', {
    chatId,
  });
export const notPublic = (id: string) =>
  new DomainError('forbidden', 'chat.not_public', 'Only public chats can be joined without an invitation.', { id });
export const wrongAccessCode = () =>
  new DomainError('forbidden', 'chat.wrong_access_code', 'The access code is missing or wrong.');
export const notInvited = (chatId: string, userId: string) =>
  new DomainError('forbidden', 'chat.not_invited', `${userId} is not invited to this chat.`, { chatId, userId });
export const chatFrozen = (chatId: string) =>
  new DomainError('forbidden', 'chat.frozen', 'This chat is frozen: only its operators may write.', { chatId });
export const backlogFull = (chatId: string) =>
  new DomainError(
    'rate_limited',
    'chat.backlog_full',
    'Too many messages are waiting for the bot of this chat. Try again in 10 seconds.',
    { chatId, retryAfterSeconds: 10 },
  );
export const tooManyMembers = (limit: number) =>
  new DomainError('invalid', 'chat.too_many_members', `A chat may have ${limit} members at most, unless it is super.`, {
    limit,
  });
export const metadataExists = (key: string) =>
  new DomainError('conflict', 'chat.metadata_exists', `The chat has metadata with the key ${key} already.`, { key });
export const metadataNotFound = (key: string) =>
  new DomainError('not_found', 'chat.metadata_not_found', `The chat has no metadata with the key ${key}.`, { key });
export const tooManyChats = (limit: number) =>
  new DomainError('invalid', 'chat.too_many', `Cannot create more than ${limit} chats with the same bot.`, { limit });
export const unknownMember = (userId: string) =>
  new DomainError('invalid', 'chat.unknown_member', `There is no user ${userId}.`, { userId });
export const tooManyGroups = (userId: string, limit: number) =>
  new DomainError(
    'invalid',
    'chat.too_many_groups',
    `A user may be in ${limit} groups at most, as ${userId} is already.`,
    {
      userId,
      limit,
    },
  );
export const distinctAndSuper = () =>
  new DomainError('invalid', 'chat.distinct_and_super', 'A chat cannot be both distinct and super.');
export const distinctExists = () =>
  new DomainError('conflict', 'chat.distinct_exists', 'There is a distinct chat of these members already.');
export const privateWithCode = () =>
  new DomainError('invalid', 'chat.private_with_code', 'Only a public chat may have an access code.');

export const chatWithOneself = () =>
  new DomainError('invalid', 'chat.with_oneself', 'A chat of two needs somebody else.');
