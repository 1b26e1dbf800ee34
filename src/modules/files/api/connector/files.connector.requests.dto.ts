import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

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
