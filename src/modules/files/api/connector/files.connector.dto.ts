import { ApiProperty } from '@nestjs/swagger';

/** An upload that is complete. */
export class ConnectorUploadDto {
  /** By it the file can be sent, or made an avatar, once. @example 3f2a9c0d5e7b1846a0c9d2e4f6b8071a3c5e7d90 */
  temporalFileId: string;
}

/** Why an upload, or a download, was refused. */
export class ConnectorFileErrorDto {
  /** By the contract's table: 400 unknown, 401 no space, 403 forbidden, 404 not found, 406 too large, 407 no such task, 408 invalid. */
  @ApiProperty({ type: 'integer', example: 407 })
  errorCode: number;

  /** What is wrong, for people. */
  @ApiProperty({ example: 'File not found.' })
  message: string;
}
