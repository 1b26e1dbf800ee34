import type { DomainError } from '../../core/errors/domain.error.js';

/** Error codes of the contract, and those that newer clients know. */
export const CONNECTOR_CODE = {
  duplicateId: 2,
  notAuthorized: 200,
  invalidCredentials: 201,
  userDisabled: 202,
  credentialsExpired: 203,
  unsupportedCredentials: 204,
  internal: 300,
  timeout: 301,
  accessDenied: 302,
  notEnoughRights: 303,
  chatNotFound: 304,
  notAParticipant: 305,
  messageNotFound: 306,
  unknownMethod: 307,
  fileNotFound: 308,
  alreadyInChat: 309,
  uploadFailed: 310,
  roleNotFound: 312,
  wrongPayload: 399,
} as const;

/** An error with a code of the contract. */
export class ConnectorError extends Error {
  constructor(
    readonly errorCode: number,
    message: string,
  ) {
    super(message);
    this.name = 'ConnectorError';
  }
}

const OF_DOMAIN_CODE: Readonly<Record<string, number>> = {
  'chat.not_found': CONNECTOR_CODE.chatNotFound,
  'chat.not_member': CONNECTOR_CODE.accessDenied,
  'chat.no_such_member': CONNECTOR_CODE.notAParticipant,
  'chat.already_member': CONNECTOR_CODE.alreadyInChat,
  'chat.unknown_role': CONNECTOR_CODE.roleNotFound,
  'chat.not_a_group': CONNECTOR_CODE.notEnoughRights,
  'user.not_found': CONNECTOR_CODE.notAParticipant,
  'bot.not_found': CONNECTOR_CODE.notAParticipant,
  'message.not_found': CONNECTOR_CODE.messageNotFound,
  'message.parent_not_in_chat': CONNECTOR_CODE.messageNotFound,
  'file.not_found': CONNECTOR_CODE.fileNotFound,
  'upload_task.not_found': CONNECTOR_CODE.fileNotFound,
};

/** Codes of all other domain errors, by kind. */
const OF_KIND: Readonly<Record<DomainError['kind'], number>> = {
  invalid: CONNECTOR_CODE.wrongPayload,
  unauthenticated: CONNECTOR_CODE.notAuthorized,
  forbidden: CONNECTOR_CODE.notEnoughRights,
  not_found: CONNECTOR_CODE.messageNotFound,
  conflict: CONNECTOR_CODE.wrongPayload,
  rate_limited: CONNECTOR_CODE.internal,
  unavailable: CONNECTOR_CODE.internal,
};

/** @returns the contract's error code for a domain error */
export function codeOfDomainError({ code, kind }: DomainError): number {
  const isOfFiles = kind === 'invalid' && code.startsWith('file.');
  return OF_DOMAIN_CODE[code] ?? (isOfFiles ? CONNECTOR_CODE.uploadFailed : OF_KIND[kind]);
}
