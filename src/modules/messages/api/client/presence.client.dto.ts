import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString } from 'class-validator';

/** What a message shall say instead. */
export class ClientEditMessageDto {
  /** The limit is in bytes, and that of the settings. @example "Hello, World!" */
  @ApiPropertyOptional({ maxLength: 4096 })
  @IsString()
  body: string = '';
}

/** How far somebody has read. */
export class ClientReadStateDto {
  /** @example 01hc71yz5pny5bmf0b4055zbjw */
  userId: string;

  /** The time of the last message that was read, in milliseconds since 1970; 0 when none was. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  readUntil: number;
}
