/** The answer to what has been done, when there is nothing to show for it. */
export class ClientDoneDto {
  /** What has been done, for people. @example "Chat deleted." */
  message: string;
}
