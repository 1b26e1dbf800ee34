/** An upload that is complete. */
export class ConnectorUploadDto {
  /** By it the file can be sent, or made an avatar, once. */
  temporalFileId: string;
}

/** Why an upload, or a download, was refused. */
export class ConnectorFileErrorDto {
  /** By the contract's table: 400 unknown, 401 no space, 403 forbidden, 404 not found, 406 too large, 407 no such task, 408 invalid. */
  errorCode: number;

  /** What is wrong, for people. */
  message: string;
}
