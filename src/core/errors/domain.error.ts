/** The kind of a domain error. The filter of each protocol maps it to a status and a body. */
export type ErrorKind =
  'invalid' | 'unauthenticated' | 'forbidden' | 'not_found' | 'conflict' | 'rate_limited' | 'unavailable';

/** Facts for a protocol's own message: the field, its limit, the value's length. Never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * The error that services throw for expected failures.
 *
 * @param kind decides the HTTP status
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
