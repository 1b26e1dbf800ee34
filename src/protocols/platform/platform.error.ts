import { PLATFORM_CODES, type PlatformCode } from './platform-codes.js';

/**
 * An error in the form of the Platform API. Only for rules of the protocol itself; rules of the domain throw a `DomainError`.
 *
 * @param status the HTTP status; 400 for nearly all errors
 */
export class PlatformError extends Error {
  constructor(
    readonly code: PlatformCode,
    message: string,
    readonly status = 400,
  ) {
    super(message);
    this.name = 'PlatformError';
  }
}

/** @param field its path, such as `users[2].user_id` */
export const fieldRequired = (field: string) =>
  new PlatformError(PLATFORM_CODES.required, `${field} must be required.`);
