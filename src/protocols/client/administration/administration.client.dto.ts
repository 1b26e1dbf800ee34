import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import type { AuditEntryEntity } from '../../../modules/auth/index.js';
import { ClientPageDto } from '../client.paging.dto.js';

/** Selects audit entries. */
export class ClientListAuditDto extends ClientPageDto {
  /** Only entries older than the one with this id. @example 01hcjd34adz1va07vk97jfjmgq */
  @ApiPropertyOptional({ maxLength: 64 })
  @IsString()
  @IsOptional()
  before?: string;
}

/** An operation done with an admin or API credential. */
export class ClientAuditEntryDto {
  /** The entry's id. @example 01hcjd34adz1va07vk97jfjmgq */
  id: string;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;

  /** The credential that was used. @example admin-key */
  actor: string;

  /** The operation. @example bot.created */
  action: string;

  /** Id of the affected bot, user, chat or API token; empty for the server as a whole. @example echo */
  subject: string;

  /** Details of the operation. @example {"name":"Echo"} */
  @ApiProperty({ type: 'object', additionalProperties: true })
  details: Record<string, string | number | boolean>;

  /** Id of the request in the server log. @example 2f1c7e0a-5d0b-4d3e-9a57-6b1f0c2d4e8a */
  requestId: string;
}

export const toClientAuditEntry = (entry: AuditEntryEntity): ClientAuditEntryDto => ({
  id: entry.id,
  timestamp: entry.at.getTime(),
  actor: entry.actorId,
  action: entry.action,
  subject: entry.subjectId,
  details: entry.details,
  requestId: entry.requestId,
});
