import { join } from 'node:path';
import { IsOptional, IsString, IsUrl, MinLength, ValidateIf } from 'class-validator';
import { Settings } from '../../core/config/settings.js';
import { URL_OPTIONS, WholeNumber } from '../../core/config/settings-rules.js';

/** Where files are stored, and the limits of uploads. */
export class FilesSettings extends Settings {
  /** The folder for uploaded files and for uploads in progress. */
  @IsOptional()
  @IsString()
  FILES_DIR?: string;

  /** The endpoint of an S3-compatible store other than AWS. */
  @IsOptional()
  @IsUrl({ ...URL_OPTIONS, protocols: ['http', 'https'] })
  S3_ENDPOINT?: string;

  /** The bucket in which files are stored, instead of a folder. */
  @ValidateIf(({ S3_ENDPOINT, S3_BUCKET }: FilesSettings) => S3_ENDPOINT !== undefined || S3_BUCKET !== undefined)
  @IsString({ message: 'S3_BUCKET must be set when S3_ENDPOINT is' })
  S3_BUCKET?: string;

  @IsString()
  @MinLength(1)
  S3_REGION = 'us-east-1';

  @IsOptional()
  @IsString()
  S3_ACCESS_KEY_ID?: string;

  @ValidateIf(({ S3_ACCESS_KEY_ID }: FilesSettings) => S3_ACCESS_KEY_ID !== undefined)
  @IsString({ message: 'S3_SECRET_ACCESS_KEY must be set when S3_ACCESS_KEY_ID is' })
  S3_SECRET_ACCESS_KEY?: string;

  /** Parallel uploads of one user. */
  @WholeNumber(0, 100_000)
  UPLOADS_PER_USER = 50;

  /** Parallel uploads of people from one address. */
  @WholeNumber(0, 1_000_000)
  UPLOADS_PER_ADDRESS = 80;

  get filesDir(): string {
    return this.FILES_DIR ?? join(this.DATA_DIR, 'files');
  }
}
