import type { DomainError, ErrorKind } from '../../core/errors/domain.error.js';
import type { ActorKind } from '../../modules/auth/index.js';

export const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  rate_limited: 429,
  unavailable: 503,
};

/** Where the contract has another status than the kind of the error would give. */
export const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'bot.name_taken': 400,
  'message.dedup_key_reused': 422,
};

type Text = string | ((details: DomainError['details'], caller: ActorKind | undefined) => string);

/** The words of the contract, by the code of the error. An error that is not listed speaks for itself. */
const TEXTS: Readonly<Record<string, Text>> = {
  'bot.name_taken': 'Bot with this name already exists.',
  'bot.not_found': 'Bot not found.',
  'bot_token.not_found': 'Key not found.',
  'chat.not_found': 'Chat not found.',
  'chat.not_member': (_, caller) => `Chat is not related to current ${caller === 'bot' ? 'bot' : 'user'}.`,
  'chat.too_many': ({ limit }) => `Cannot create more than ${limit} chat rooms with the same bot.`,
  'endpoint.not_found': 'Webhook not found.',
  'message.body_too_long': ({ limit }) => `maximum allowed body length is ${limit} characters`,
  'message.not_found': 'Message not found.',
  'message.too_many_files': ({ limit }) => `maximum number of files allowed is ${limit}`,
  'session.invalid': 'User is unauthorized.',
  'user.not_found': 'User not found.',
};

/** @param caller which sort of key the request came with */
export function textOf({ code, message, details }: DomainError, caller: ActorKind | undefined): string {
  const text = TEXTS[code] ?? message;
  return typeof text === 'string' ? text : text(details, caller);
}
