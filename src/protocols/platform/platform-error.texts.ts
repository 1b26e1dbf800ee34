import type { HttpException } from '@nestjs/common';
import type { DomainError, ErrorKind } from '../../core/errors/domain.error.js';
import type { HttpInputError } from '../../core/http/http-input.error.js';
import { PLATFORM_CODES, type PlatformCode } from './platform-codes.js';
import { PlatformError } from './platform.error.js';

const NOT_FOUND = 404;
const PAYLOAD_TOO_LARGE = 413;

/** The code and HTTP status of each kind of domain error. */
const FORM_OF_KIND: Readonly<Record<ErrorKind, { code: PlatformCode; status?: number }>> = {
  invalid: { code: PLATFORM_CODES.invalid },
  unauthenticated: { code: PLATFORM_CODES.invalidToken },
  forbidden: { code: PLATFORM_CODES.notAuthorized },
  not_found: { code: PLATFORM_CODES.notFound },
  conflict: { code: PLATFORM_CODES.exists },
  rate_limited: { code: PLATFORM_CODES.rateLimited, status: 429 },
  unavailable: { code: PLATFORM_CODES.unexpected, status: 503 },
};

const metadataExists = ({ details }: DomainError): string =>
  `"metadata" violates unique constraint: ${details.key} exists already.`;

/** Domain errors whose code or message differs from the default of their kind. */
const SPECIAL: Readonly<Record<string, { code?: PlatformCode; text?: (error: DomainError) => string }>> = {
  'user.not_found': { text: () => '"User" not found.' },
  'bot.not_found': { text: () => '"Bot" not found.' },
  'chat.not_found': { text: () => '"Channel" not found.' },
  'message.not_found': { text: () => '"Message" not found.' },
  'user.exists': { text: ({ details }) => `"user_id" violates unique constraint: ${details.id} exists already.` },
  'chat.exists': { text: ({ details }) => `"channel_url" violates unique constraint: ${details.id} exists already.` },
  'chat.not_member': { text: ({ details }) => `Not authorized. "${details.userId}" is not a member of the channel.` },
  'chat.unknown_member': {
    text: ({ details }) => `user_ids must name existing users only: "${details.userId}" not found.`,
  },
  'chat.not_invited': { text: ({ details }) => `Not authorized. "${details.userId}" is not invited to the channel.` },
  'chat.not_public': { text: () => 'Not authorized. Only public channels can be joined without an invitation.' },
  'chat.wrong_access_code': { text: () => 'Not authorized. The access_code is missing or wrong.' },
  'chat.frozen': { text: () => 'Not authorized. The channel is frozen: only its operators can send messages.' },
  'chat.not_a_group': { text: () => 'This channel is a personal chat. It cannot be joined, left or changed.' },
  'chat.distinct_and_super': { text: () => 'is_distinct and is_super must not both be true.' },
  'chat.distinct_exists': {
    text: () => '"is_distinct" violates unique constraint: another distinct channel has these members and custom_type.',
  },
  'chat.private_with_code': {
    code: PLATFORM_CODES.unacceptable,
    text: () => 'access_code must be empty unless is_public is true.',
  },
  'chat.too_many_members': { code: PLATFORM_CODES.tooMany },
  'chat.too_many_groups': {
    code: PLATFORM_CODES.quotaUsedUp,
    text: ({ details }) => `"${details.userId}" is in ${details.limit} group channels, which is the maximum.`,
  },
  'user.deactivated': {
    code: PLATFORM_CODES.deactivated,
    text: ({ details }) => `"${details.id}" is deactivated.`,
  },
  'chat.metadata_exists': { text: metadataExists },
  'chat.metadata_not_found': { text: () => '"Metadata" not found.' },
  'user.metadata_exists': { text: metadataExists },
  'user.metadata_not_found': { text: () => '"Metadata" not found.' },
  'session.expires_too_late': { code: PLATFORM_CODES.outOfRange },
  'user.too_much_metadata': { code: PLATFORM_CODES.tooMany },
  'api_token.not_found': { text: () => '"API token" not found.' },
  'message.dedup_key_reused': { text: () => '"dedup_id" violates unique constraint: it was used for another message.' },
  'message.body_too_long': { code: PLATFORM_CODES.tooLong },
  'message.too_many_files': { code: PLATFORM_CODES.tooMany },
  'file.not_multipart': { code: PLATFORM_CODES.notJson },
  'file.multipart_invalid': { code: PLATFORM_CODES.notJson },
  'file.upload_incomplete': { code: PLATFORM_CODES.notJson },
  'file.request_too_large': { code: PLATFORM_CODES.tooLong },
  'file.too_large': { code: PLATFORM_CODES.tooLong },
  'file.image_too_large': { code: PLATFORM_CODES.tooLong },
  'file.too_many': { code: PLATFORM_CODES.tooMany },
};

/** Errors of the HTTP request with another code than `notJson`. */
const CODE_OF_INPUT_FAULT: Readonly<Record<string, PlatformCode>> = {
  payload_too_large: PLATFORM_CODES.tooLong,
  too_many_keys: PLATFORM_CODES.tooMany,
  too_many_headers: PLATFORM_CODES.tooMany,
  unknown_field: PLATFORM_CODES.invalid,
  null_character_not_allowed: PLATFORM_CODES.badCharacter,
  invalid_unicode: PLATFORM_CODES.badCharacter,
  invalid_url: PLATFORM_CODES.badCharacter,
  invalid_host: PLATFORM_CODES.invalid,
  method_not_allowed: PLATFORM_CODES.unknownUrl,
};

export function fromDomainError(error: DomainError): PlatformError {
  const form = FORM_OF_KIND[error.kind];
  const special = SPECIAL[error.code];
  return new PlatformError(special?.code ?? form.code, special?.text?.(error) ?? error.message, form.status);
}

export const fromHttpInputError = (error: HttpInputError): PlatformError =>
  new PlatformError(CODE_OF_INPUT_FAULT[error.code] ?? PLATFORM_CODES.notJson, error.message, error.status);

/** Errors of Nest itself: unknown paths, unreadable uploads. */
export function fromHttpException(error: HttpException): PlatformError {
  const status = error.getStatus();
  if (status === NOT_FOUND)
    return new PlatformError(PLATFORM_CODES.unknownUrl, 'No operation at this URL for this method.');
  if (status === PAYLOAD_TOO_LARGE) return new PlatformError(PLATFORM_CODES.tooLong, error.message, status);
  return new PlatformError(PLATFORM_CODES.notJson, error.message, status);
}
