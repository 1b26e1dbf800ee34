import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** A completed upload. */
export class ConnectorUploadDto {
  /** Id for sending the file or setting it as an avatar, once. @example 3f2a9c0d5e7b1846a0c9d2e4f6b8071a3c5e7d90 */
  temporalFileId: string;
}

/** An error of an upload or download. */
export class ConnectorFileErrorDto {
  /** Error code: 400 unknown, 401 no space, 403 forbidden, 404 not found, 406 too large, 407 no such task, 408 invalid. */
  @ApiProperty({ type: 'integer', example: 407 })
  errorCode: number;

  /** Error message. */
  @ApiProperty({ example: 'File not found.' })
  message: string;
}

export class ConnectorUploadFileDto {
  /** Size in bytes. */
  @Max(Number.MAX_SAFE_INTEGER)
  @Min(0)
  @IsInt()
  @Type(() => Number)
  @IsOptional()
  fileSize?: number;

  /** Absent in the first client version. */
  @MaxLength(1024)
  @IsString()
  @IsOptional()
  fileName?: string;
}

export class ConnectorFileIdDto {
  @MaxLength(512)
  @IsString()
  fileId: string;
}

export class ConnectorEmptyDto {}
