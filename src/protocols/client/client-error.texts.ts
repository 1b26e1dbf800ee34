import { STATUS_CODES } from 'node:http';
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

/** Errors whose status in the contract differs from the default of their kind. */
export const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'bot.name_taken': 400,
  'file.image_invalid': 422,
  'file.image_too_large': 422,
  'file.no_space': 507,
  'file.quota_exceeded': 413,
  'file.request_too_large': 413,
  'file.type_mismatch': 415,
  'file.type_not_allowed': 415,
  'config.invalid': 500, // an error of the server, not of the request
  'message.dedup_key_reused': 422,
};

type Text = string | ((details: DomainError['details'], caller: ActorKind | undefined) => string);

const FILE_KINDS: Readonly<Record<string, string>> = {
  image: 'images',
  audio: 'audios',
  video: 'videos',
  other: 'files',
};

/** Messages of the contract by error code. Other errors keep their own message. */
const TEXTS: Readonly<Record<string, Text>> = {
  'bot.name_taken': 'Bot with this name already exists.',
  'bot.not_found': 'Bot not found.',
  'bot_token.not_found': 'Key not found.',
  'chat.not_found': 'Chat not found.',
  'chat.not_member': (_, caller) => `Chat is not related to current ${caller === 'bot' ? 'bot' : 'user'}.`,
  'chat.too_many': ({ limit }) => `Cannot create more than ${limit} chat rooms with the same bot.`,
  'command.not_found': 'Command not found.',
  'command.not_yours': ({ act }) => `Can't ${act} a command that belongs to another bot.`,
  'endpoint.not_found': 'Webhook not found.',
  'file.none': 'No files found to upload.',
  'file.not_multipart': 'request has no multipart/form-data Content-Type',
  'file.too_large': ({ kind, limit, size }) =>
    `Max allowed size for ${FILE_KINDS[String(kind)]} are ${limit} bytes, but got ${size}.`,
  'file.too_many': ({ limit }) => `Too many files, max allowed amount is ${limit}.`,
  'message.body_too_long': ({ limit }) => `maximum allowed body length is ${limit} characters`,
  'message.not_found': 'Message not found.',
  'message.too_many_files': ({ limit }) => `maximum number of files allowed is ${limit}`,
  'session.invalid': 'User is unauthorized.',
  'user.not_found': 'User not found.',
};

/** @param caller the kind of the actor */
export function textOf({ code, message, details }: DomainError, caller: ActorKind | undefined): string {
  const text = TEXTS[code] ?? message;
  return typeof text === 'string' ? text : text(details, caller);
}

const CODES = new Map(
  Object.entries(TEXTS).flatMap(([code, text]) => (typeof text === 'string' ? [[text, code]] : [])),
);

/** @returns the error code of a fixed message of the contract; for other messages the default code of the status */
export const codeOfText = (text: string, status: number): string =>
  CODES.get(text) ?? (status === 400 ? 'invalid_field' : codeOfStatus(status));

export const codeOfStatus = (status: number): string =>
  (STATUS_CODES[status] ?? 'error').toLowerCase().replaceAll(' ', '_');
