import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { ClientPageDto } from '../client.paging.dto.js';

/** Which acts to show. */
export class ClientListAuditDto extends ClientPageDto {
  /** Only entries older than the one with this id. @example 01hcjd34adz1va07vk97jfjmgq */
  @ApiPropertyOptional({ maxLength: 64 })
  @IsString()
  @IsOptional()
  before?: string;
}

/** Something that was done with an operator's credential. */
export class ClientAuditEntryDto {
  /** @example 01hcjd34adz1va07vk97jfjmgq */
  id: string;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;

  /** The credential. @example admin-key */
  actor: string;

  /** @example bot.created */
  action: string;

  /** The bot or the user that it was done to; empty for the server as a whole. @example echo */
  subject: string;

  /** What else is worth knowing. @example {"name":"Echo"} */
  @ApiProperty({ type: 'object', additionalProperties: true })
  details: Record<string, string | number | boolean>;

  /** Finds the request in the log of the server. @example 2f1c7e0a-5d0b-4d3e-9a57-6b1f0c2d4e8a */
  requestId: string;
}
