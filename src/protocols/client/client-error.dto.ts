/** How every error is told. */
export class ClientErrorDto {
  /** What is wrong, for people. @example "Chat not found." */
  message: string;

  /** What is wrong, for programs. It stays the same when the message is reworded. @example chat.not_found */
  code: string;

  /** The field of the body that is wrong, if it is one. @example nickname */
  field?: string;

  /** Finds this request in the log of the server. @example 2f1c7e0a-5d0b-4d3e-9a57-6b1f0c2d4e8a */
  request_id?: string;

  /** Finds an error of status 500 in the log of the server. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  errorId?: string;
}
