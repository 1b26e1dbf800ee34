import { PLATFORM_CODES, type PlatformCode } from './platform-codes.js';

/**
 * An error that is worded already as this face answers it. Only for what this face itself forbids; what the domain forbids is
 * a `DomainError`.
 *
 * @param status the HTTP status; the Platform API answers 400 to nearly everything
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
