import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { ApiInt } from './platform-openapi.js';

/** Paging of lists. */
export class PlatformPageQueryDto {
  /** The `next` of the previous page. Empty or absent for the first page. */
  @IsOptional()
  @IsString()
  token?: string = '';

  /** Maximum number of items per page: 1 to 100. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  @ApiInt()
  limit?: number = 10;
}
