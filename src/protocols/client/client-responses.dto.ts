/** The response to a failed request. */
export class ClientErrorDto {
  /** The error, human-readable. @example "Chat not found." */
  message: string;

  /** The error, machine-readable. Stable when the message changes. @example chat.not_found */
  code: string;

  /** The invalid field of the body, if any. @example nickname */
  field?: string;

  /** Id of this request in the server log. @example 2f1c7e0a-5d0b-4d3e-9a57-6b1f0c2d4e8a */
  request_id?: string;

  /** Id of an error of status 500 in the server log. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  errorId?: string;
}

/** Confirmation of an operation without other results. */
export class ClientConfirmationDto {
  /** The result, human-readable. @example "Chat deleted." */
  message: string;
}
