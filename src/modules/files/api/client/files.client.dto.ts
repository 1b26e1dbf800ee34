import { ApiProperty } from '@nestjs/swagger';

/** An uploaded file. */
export class ClientFileDto {
  /** The file's id. @example 01hc79xqtqhd4jtzceyxstxgh7 */
  id: string;

  /** Path of the file, relative to the root of the server. @example static/images/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b.png */
  path: string;

  /** File name as given by the uploader. @example yourfile.png */
  name: string;

  /** Size in bytes. @example 25908 */
  @ApiProperty({ type: 'integer' })
  size: number;

  /** MIME type. @example image/png */
  mimeType: string;

  /** Path of the preview image. Omitted as long as there is none. @example static/previews/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b.webp */
  preview?: string;
}

/** Files to upload. */
export class ClientUploadDto {
  @ApiProperty({ type: 'array', items: { type: 'string', format: 'binary' }, description: 'One part per file.' })
  file: unknown[];
}
