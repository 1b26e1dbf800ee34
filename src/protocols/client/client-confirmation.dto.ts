/** Confirmation of an operation without other results. */
export class ClientConfirmationDto {
  /** The result, human-readable. @example "Chat deleted." */
  message: string;
}
