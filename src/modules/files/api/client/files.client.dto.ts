import { ApiProperty } from '@nestjs/swagger';

/** An uploaded file. */
export class ClientFileDto {
  /** @example 01hc79xqtqhd4jtzceyxstxgh7 */
  id: string;

  /** Where it is to be had, from the root of the server. @example static/images/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b.png */
  path: string;

  /** As the uploader called it. @example yourfile.png */
  name: string;

  /** Bytes. @example 25908 */
  @ApiProperty({ type: 'integer' })
  size: number;

  /** @example image/png */
  mimeType: string;

  /** Where a small picture of it is to be had. Left out while, or when, there is none. @example static/previews/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b.webp */
  preview?: string;
}

/** Files to upload. */
export class ClientUploadDto {
  @ApiProperty({ type: 'array', items: { type: 'string', format: 'binary' }, description: 'One part for each file.' })
  file: unknown[];
}
