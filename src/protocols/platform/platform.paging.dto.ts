import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { ApiInt } from './platform-openapi.js';

/** How lists are asked for. */
export class PlatformPageQueryDto {
  /** Where the page begins: the `next` of the page before. Empty or absent for the first page. */
  @IsOptional()
  @IsString()
  token?: string = '';

  /** How many items the page has at most: 1 to 100. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  @ApiInt()
  limit?: number = 10;
}
