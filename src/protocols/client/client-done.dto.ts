/** Confirmation of an operation without other results. */
export class ClientDoneDto {
  /** The result, human-readable. @example "Chat deleted." */
  message: string;
}
