/**
 * A malformed request, rejected before it reaches a route. Passed to `next(error)`; the filter of each protocol maps it
 * to its own error format. The message is public: it contains nothing of the request except field names.
 *
 * @param status the HTTP status, always 4xx; a protocol may respond with another one
 * @param code stable snake_case, for programs
 * @param message one sentence with the fault and the limit, for people
 * @param field path of the invalid field, such as `items[2].name`, if any
 */
export class HttpInputError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** The body or its headers are invalid. */
export class BodyError extends HttpInputError {}

/** The URL is not valid percent-encoded UTF-8, or contains a NUL character. */
export class BadUrlError extends HttpInputError {}
