import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsOptional } from 'class-validator';
import { IsMillis } from '../../../../protocols/platform/platform.fields.js';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { API_SCOPES, type ApiScope } from '../../scopes.js';

/** A secondary token to create. The body may be absent. */
export class PlatformCreateApiTokenDto {
  static readonly bodyMayBeAbsent = true;

  /**
   * The scopes of the token. `write` includes `read`; `bots:token` allows reading `bot_token` and setting `bot_callback_url`;
   * `users:token` allows issuing session and access tokens of people. All scopes if absent.
   * @example ["bots:read", "messages:write"]
   */
  @ApiPropertyOptional({ enum: API_SCOPES, isArray: true, minItems: 1, maxItems: API_SCOPES.length })
  @IsIn(API_SCOPES, { each: true })
  @ArrayMaxSize(API_SCOPES.length)
  @ArrayNotEmpty()
  @IsArray()
  @IsOptional()
  scopes?: ApiScope[];

  /** The expiry time, in milliseconds since 1970, at most 366 days from now. Never if absent. @example 1800000000000 */
  @IsMillis()
  @ApiPropertyOptional()
  @IsOptional()
  expires_at?: number;
}

/** A secondary token. */
export class PlatformApiTokenDto {
  /**
   * The id of the token.
   * @example 01jd8zq3v5m6n7p8q9r0s1t2v3
   */
  id: string;

  /** The scopes. @example ["bots:read", "messages:read", "messages:write"] */
  @ApiProperty({ enum: API_SCOPES, isArray: true })
  scopes: ApiScope[];

  /**
   * The creation time, in milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  created_at: number;

  /** The expiry time, in milliseconds since 1970; null for never. @example 1800000000000 */
  @ApiProperty({ type: 'integer', format: 'int64', nullable: true })
  expires_at: number | null;

  /** The time of the last use, in milliseconds since 1970, to about a minute; null for never. @example 1790000200123 */
  @ApiProperty({ type: 'integer', format: 'int64', nullable: true })
  last_used_at: number | null;
}

/** A new secondary token. The token is returned only here. */
export class PlatformNewApiTokenDto extends PlatformApiTokenDto {
  /**
   * The token, for the header `Api-Token`.
   * @example b1c0ffee00112233445566778899aabbccddeeff
   */
  token: string;
}

/** All secondary tokens. */
export class PlatformApiTokenListDto {
  /** The tokens, oldest first. */
  api_tokens: PlatformApiTokenDto[];
}
