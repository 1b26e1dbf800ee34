import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { toInteger } from './to-integer.js';

/** Paging of lists. */
export class ClientPageDto {
  /** Maximum number of entries. @example 100 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000 })
  @Transform(toInteger)
  @Max(1000)
  @Min(1)
  @IsInt()
  limit: number = 100;
}

/** Paging of lists whose entries belong to bots. */
export class ClientBotPageDto extends ClientPageDto {
  /** Only entries of this bot. @example echo */
  @ApiPropertyOptional({ maxLength: 128 })
  @MaxLength(128)
  @IsString()
  @IsOptional()
  botId?: string;
}

/** Paging of numbered entries, newest first. */
export class ClientNumberedPageDto extends ClientBotPageDto {
  /** Only entries older than the one with this id. @example 42 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1 })
  @Transform(toInteger)
  @Max(Number.MAX_SAFE_INTEGER)
  @Min(1)
  @IsInt()
  @IsOptional()
  before?: number;
}
