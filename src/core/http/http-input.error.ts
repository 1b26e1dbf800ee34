/**
 * A request that is refused before any route has seen it, because of its form. Passed to `next(error)`; the filter of
 * each face turns it into the error form of that face. Its text may be shown to the caller: it never repeats what was
 * sent, except for the names of fields.
 *
 * @param status the HTTP status that fits, always 4xx; a face may answer another one
 * @param code stable snake_case, for programs
 * @param message one sentence that names the fault and the limit, for people
 * @param field path of the offending field, such as `items[2].name`, where there is one
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

/** The body, or what the headers say about it, cannot be accepted. */
export class BodyError extends HttpInputError {}

/** The address is not validly percent-encoded, or holds a NUL character. */
export class BadUrlError extends HttpInputError {}
