/** What went wrong, in the terms of the domain. Each face's filter maps a kind to its own status and body. */
export type ErrorKind =
  'invalid' | 'unauthenticated' | 'forbidden' | 'not_found' | 'conflict' | 'rate_limited' | 'unavailable';

/** Facts that a face may need to word its own message: the field, its limit, the value's length. Never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * The only error that services throw on purpose.
 *
 * @param kind what sort of fault it is; decides the HTTP status
 * @param code stable `noun.reason`, for programs
 * @param message one sentence that names the field and the limit, for people
 */
export class DomainError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
    this.name = 'DomainError';
  }
}
