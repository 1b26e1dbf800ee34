import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { toInteger } from './to-integer.js';

/** How much of a list to show. */
export class ClientPageDto {
  /** Entries in the answer. @example 100 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000 })
  @Transform(toInteger)
  @Max(1000)
  @Min(1)
  @IsInt()
  limit: number = 100;
}

/** The same of a list in which each entry belongs to a bot. */
export class ClientBotPageDto extends ClientPageDto {
  /** Only those of this bot. @example echo */
  @ApiPropertyOptional({ maxLength: 128 })
  @MaxLength(128)
  @IsString()
  @IsOptional()
  botId?: string;
}

/** The same of news, which are numbered and shown from the newest on. */
export class ClientNewsPageDto extends ClientBotPageDto {
  /** Only those older than the one with this id. @example 42 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1 })
  @Transform(toInteger)
  @Max(Number.MAX_SAFE_INTEGER)
  @Min(1)
  @IsInt()
  @IsOptional()
  before?: number;
}
